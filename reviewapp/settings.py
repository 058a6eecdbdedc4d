"""Settings, from the environment only. README.md lists every variable, and a test compares the two."""

import os
import sys
import tomllib
from pathlib import Path

from reviewapp.environment import (
    read_broker,
    read_choice,
    read_database,
    read_flag,
    read_list,
    read_log_format,
    read_mail_server,
    read_number,
    read_reach,
    read_secret_key,
    read_token,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
UNDER_TEST = "pytest" in sys.modules
DEMO = read_flag("REVIEWAPP_DEMO", default=False)
DEBUG = read_flag("DEBUG", default=False)
VAR_DIR = Path(os.environ.get("REVIEWAPP_VAR", "") or BASE_DIR / "var")
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    "labeling.views.requests.RequestLogMiddleware",
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
OWN_FILE = f"sqlite:///{VAR_DIR / ('demo' if DEMO else 'reviewapp')}.sqlite3"
# A connection for each thread that lives long, and not psycopg's pool: eight threads of a process would share eight of
# them, and while the database is away each request would wait for the pool's patience instead of being told at once.
CONN_MAX_AGE = read_number("CONN_MAX_AGE", default=600)
DATABASES = {"default": read_database("DATABASE_URL", default=OWN_FILE, conn_max_age=CONN_MAX_AGE)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"] |= {"ENGINE": "reviewapp.sqlite", "OPTIONS": SQLITE_OPTIONS, "TEST": {"NAME": ":memory:"}}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- jobs and cache ---------------------------------------------------------------------------------------------
REDIS_URL = read_broker()
LONG_JOBS_AT_ONCE = read_number("LONG_JOBS_AT_ONCE", default=2, least=1)
RUN_SHARD_ITEMS = read_number("RUN_SHARD_ITEMS", default=25_000, least=1)
CACHES = {
    "default": {
        "BACKEND": "reviewapp.caches.SteadyRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
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

# --- who watches over it ------------------------------------------------------------------------------------------
METRICS_TOKEN = read_token("METRICS_TOKEN")

# --- the browser ------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "labeling.views.http.csrf_failed"
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SECURE_COOKIES and read_flag("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from inside, past the TLS proxy
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

# The demonstration speaks to a person at a terminal, who need not see each page that they open.
LOG_LEVEL = read_choice(
    "LOG_LEVEL", default="WARNING" if DEMO else "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR")
)
LOG_FORMAT = read_log_format()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "reviewapp.logs.LineFormatter"},
        "json": {"()": "reviewapp.logs.JsonFormatter"},
        # Whoever writes the code has to read what an exception says.
        "words": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"stderr": {"class": "reviewapp.logs.Lines", "formatter": "words" if DEBUG else LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "labeling": {"level": LOG_LEVEL},
        "reviewapp": {"level": LOG_LEVEL},
        # Each page has its own line already; a refused one need not have two.
        "django.request": {"level": "ERROR"},
    },
}
