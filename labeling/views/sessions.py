"""Coming in: logging in, with a pause after too many failures, and choosing or changing one's password."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from labeling.forms.sessions import LoginForm, OwnPasswordForm, PasswordForm
from labeling.forms.webhooks import AddressForm
from labeling.models import User
from labeling.queries.people import account_to_choose_for
from labeling.services.sessions import choose_password as choose_own_password
from labeling.services.sessions import set_address, set_password
from labeling.views.http import nav_for, now, signed_in

# One message for an unknown name and a wrong password: otherwise the page would tell who has an account.
WRONG = "Name and password do not match. Look at both, and mind capital letters."
PROOF_SALT = "labeling.given-password"
PROOF_SECONDS = 15 * 60
DEMO_PASSWORD = "demonstration"
DEMO_ACCOUNTS = (
    ("ana", "reviewer"),
    ("ben", "reviewer"),
    ("cleo", "reviewer"),
    ("olga", "eval owner"),
    ("ada", "admin"),
)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.method != "POST":
        return redirect(next_url(request))
    form = LoginForm(request.POST) if request.method == "POST" else LoginForm(initial=demo_account(request))
    form.fields["password"].widget.render_value = settings.DEMO and request.method != "POST"
    if request.method == "POST" and form.is_valid() and (user := person_from(request, form)):
        if user.password_is_given:
            return own_password_page(request, OwnPasswordForm(user=user), proof=proof_for(user))
        login(request, user)
        return redirect(next_url(request))
    context = {
        "form": form,
        "next": request.POST.get("next", request.GET.get("next", "")),
        "accounts": DEMO_ACCOUNTS if settings.DEMO else (),
        "demo_password": DEMO_PASSWORD if settings.DEMO else "",
    }
    return render(request, "labeling/sessions/log_in.html", context, status=422 if form.errors else 200)


def person_from(request: HttpRequest, form: LoginForm) -> User | None:
    """Whose name and password were typed, or why nobody's. While a name is paused its password is not looked at."""
    username = form.cleaned_data["username"]
    key = failures_key(username, address_of(request))
    # Counted before the password is looked at: counted after a failure, a burst of guesses at once would all be let in.
    if cache.get(key, 0) >= settings.LOGIN_ATTEMPTS or count_attempt(key) > settings.LOGIN_ATTEMPTS:
        minutes = -(-settings.LOGIN_PAUSE_SECONDS // 60)
        plural = "minute" if minutes == 1 else "minutes"
        form.add_error(None, f"Too many attempts. Wait up to {minutes} {plural}, then try again.")
        return None
    user = authenticate(request, username=username, password=form.cleaned_data["password"])
    if user is None:
        form.add_error(None, WRONG)
        return None
    cache.delete(key)
    return user


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """For who has just logged in with a password that somebody else made. There is no session before the choice."""
    proof = request.POST.get("proof", "")
    user = person_of_proof(proof)
    if user is None:
        messages.error(request, "That took too long, or the password was changed meanwhile. Log in again.")
        return redirect("login")
    form = OwnPasswordForm(request.POST, user=user)
    if not form.is_valid():
        return own_password_page(request, form, proof=proof)
    choose_own_password(user, password=form.cleaned_data["new"], now=now())
    login(request, user)
    messages.success(request, "This password is yours alone. Log in with it from now on.")
    return redirect(next_url(request))


def own_password_page(request: HttpRequest, form: OwnPasswordForm, *, proof: str) -> HttpResponse:
    context = {"form": form, "proof": proof, "next": request.POST.get("next", "")}
    return render(request, "labeling/sessions/choose_password.html", context, status=422 if form.errors else 200)


def proof_for(user: User) -> str:
    """That the password of this account was typed: it holds for a quarter of an hour and for this password alone."""
    return signing.dumps([user.pk, user.get_session_auth_hash()], salt=PROOF_SALT)


def person_of_proof(proof: str) -> User | None:
    try:
        user_id, hash_of_password = signing.loads(proof, salt=PROOF_SALT, max_age=PROOF_SECONDS)
    except signing.BadSignature:
        return None
    user = account_to_choose_for(user_id)
    is_same = user is not None and constant_time_compare(user.get_session_auth_hash(), hash_of_password)
    return user if is_same else None


def address_of(request: HttpRequest) -> str:
    """Where the client is. Behind a proxy that is what the proxy itself appended, the last; all before it is what the
    client sent. The proxy's own address would be everybody's, and a stranger's guesses would lock all others out."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def failures_key(username: str, address: str) -> str:
    """Name and address together: a stranger's guesses must not lock the person themself out from elsewhere."""
    digest = hashlib.sha256(f"{username.casefold()}|{address}".encode()).hexdigest()
    return f"login-failures-{digest}"


def count_attempt(key: str) -> int:
    """Count one more attempt since the last success; how many there are now."""
    cache.add(key, 0, timeout=settings.LOGIN_PAUSE_SECONDS)
    try:
        n_attempts = cache.incr(key)
    except ValueError:  # it ran out between the two lines
        n_attempts = 1
        cache.set(key, n_attempts, timeout=settings.LOGIN_PAUSE_SECONDS)
    cache.touch(key, settings.LOGIN_PAUSE_SECONDS)
    return n_attempts


def demo_account(request: HttpRequest) -> dict[str, str]:
    """In the demonstration a link fills in an account, so that it works without a script."""
    name = request.GET.get("as", "")
    if settings.DEMO and name in dict(DEMO_ACCOUNTS):
        return {"username": name, "password": DEMO_PASSWORD}
    return {}


def next_url(request: HttpRequest) -> str:
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else settings.LOGIN_REDIRECT_URL


@sensitive_post_parameters()
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        set_password(request.user, password=form.cleaned_data["new"], now=now())
        update_session_auth_hash(request, request.user)  # this session stays; every other one ends
        messages.success(request, "Your password is changed. Other devices have to log in again.")
        return redirect("home")
    context = {"form": form, "nav": nav_for(request)}
    return render(request, "labeling/sessions/change_password.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def change_address(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST if request.method == "POST" else None, initial={"address": request.user.email})
    if form.is_valid():
        set_address(request.user, address=form.cleaned_data["address"], actor=request.user, now=now())
        messages.success(request, "Your e-mail address is saved.")
        return redirect("home")
    context = {"form": form, "nav": nav_for(request)}
    return render(request, "labeling/sessions/change_address.html", context, status=422 if form.errors else 200)
