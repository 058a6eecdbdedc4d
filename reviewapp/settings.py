"""Settings, from the environment only. README.md lists every variable, and a test compares the two."""

import os
import sys
from pathlib import Path

import dj_database_url

from reviewapp.environment import (
    read_choice,
    read_flag,
    read_list,
    read_mail_server,
    read_number,
    read_reach,
    read_secret_key,
)

BASE_DIR = Path(__file__).resolve().parent.parent
UNDER_TEST = "pytest" in sys.modules
DEMO = read_flag("REVIEWAPP_DEMO", default=False)
DEBUG = read_flag("DEBUG", default=False)
VAR_DIR = Path(os.environ.get("REVIEWAPP_VAR", "") or BASE_DIR / "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)
SECRET_KEY = read_secret_key(demo=DEMO or UNDER_TEST, var_folder=VAR_DIR)
ALLOWED_HOSTS = read_list("ALLOWED_HOSTS", default=("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = read_list("CSRF_TRUSTED_ORIGINS")
SECURE_COOKIES = read_flag("SECURE_COOKIES", default=not (DEMO or DEBUG or UNDER_TEST))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "ninja",
    "labeling",
]
MIDDLEWARE = [
    # First: what Django says of a page, such as who may open a window on it, weighs a tenth of what a file weighs.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "labeling.views.http.ResponseHeadersMiddleware",
    "labeling.views.http.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "labeling.views.http.DomainErrorMiddleware",
]
ROOT_URLCONF = "reviewapp.urls"
WSGI_APPLICATION = "reviewapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "labeling.views.http.page_frame",
            ],
        },
    },
]

# --- database -------------------------------------------------------------------------------------------------
# IMMEDIATE: with SQLite's default (deferred) a transaction that reads first and writes later fails at once
# with "database is locked" whenever another writer came between; 37-69 % of claims did, at 50 clients.
SQLITE_SYNCHRONOUS = read_choice("SQLITE_SYNCHRONOUS", default="NORMAL", choices=("NORMAL", "FULL"))
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        f"PRAGMA journal_mode=WAL; PRAGMA synchronous={SQLITE_SYNCHRONOUS}; PRAGMA cache_size=-20000; "
        "PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY;"
    ),
}
DATABASE_URL = os.environ.get("DATABASE_URL", "") or f"sqlite:///{VAR_DIR / ('demo' if DEMO else 'reviewapp')}.sqlite3"
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=600)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"] |= {"ENGINE": "reviewapp.sqlite", "OPTIONS": SQLITE_OPTIONS, "TEST": {"NAME": ":memory:"}}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- jobs and cache ---------------------------------------------------------------------------------------------
REDIS_URL = os.environ.get("REDIS_URL", "")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    # Many: at the default of 300 a stranger's guesses at other names would push out the count of failed logins.
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
}

# --- what is sent to others -----------------------------------------------------------------------------------------
# The demonstration says that nothing leaves this machine: it writes no letters, and reaches only what is named here.
WEBHOOK_REACH = read_reach("WEBHOOK_PRIVATE_HOSTS", includes_public=not DEMO)
JUDGE_CALLS_AT_ONCE = read_number("JUDGE_CALLS_AT_ONCE", default=2, least=1)
EMAIL_FROM = os.environ.get("EMAIL_FROM", "").strip()
MAIL_SERVER = None if DEMO else read_mail_server("EMAIL_URL", sender=EMAIL_FROM)

# --- people -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "labeling.User"
AUTHENTICATION_BACKENDS = ["labeling.queries.sessions.AccountBackend"]
SESSION_ENGINE = "labeling.queries.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
LOGIN_ATTEMPTS = read_number("LOGIN_ATTEMPTS", default=8, least=1)
LOGIN_PAUSE_SECONDS = read_number("LOGIN_PAUSE_SECONDS", default=300, least=1)
if UNDER_TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # 25-45 times faster suites

# --- the browser ------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "labeling.views.http.csrf_failed"
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SECURE_COOKIES and read_flag("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, past the TLS proxy
SECURE_HSTS_SECONDS = read_number("HSTS_SECONDS", default=31_536_000) if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if read_flag("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

# --- limits -----------------------------------------------------------------------------------------------------
MAX_LINE_BYTES = 5 * 1024 * 1024
MAX_BODY_BYTES = 32 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
# The largest form: a desk with three fields for each of forty questions of each of a hundred parts.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_500
API_REQUESTS_PER_MINUTE = read_number("API_REQUESTS_PER_MINUTE", default=1200, least=1)
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- files ------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "reviewapp.chart_library.ChartLibraryFinder",
]
if not (DEBUG or UNDER_TEST):
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
WHITENOISE_USE_FINDERS = DEBUG or UNDER_TEST
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's page loads them


def WHITENOISE_ADD_HEADERS_FUNCTION(headers, path, url):
    headers["X-Content-Type-Options"] = "nosniff"


LANGUAGE_CODE = "en-gb"
TIME_ZONE = os.environ.get("TIME_ZONE", "") or "UTC"
USE_I18N = False
USE_TZ = True

LOG_LEVEL = read_choice("LOG_LEVEL", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"labeling": {"level": LOG_LEVEL}},
}
