"""Settings: one file, every choice of the place of use comes from the environment.

Without any variable the site runs on this machine alone, on SQLite, with DEBUG off.
README.md lists the variables.
"""

import os
import sys
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.contrib.messages import constants as message_levels

from livelihood.environment import env_bool, env_int, env_ints, env_list, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
TESTING = "pytest" in sys.modules

# -- The place of use --------------------------------------------------------------

LOCAL_HOSTS = ["127.0.0.1", "localhost"]
DEBUG = env_bool("DEBUG", default=False)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", default=LOCAL_HOSTS)
# Passwords never travel in the clear: as soon as the site has another address than this
# machine's own, HTTPS is demanded unless it is switched off in words.
HTTPS = env_bool("HTTPS", default=not set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS))
SECRET_KEY = secret_key(VAR_DIR / "secret-key")
SITE_NAME = "民生实事进展"
# Changes whenever templates or code are replaced, so that no browser keeps an old page.
RELEASE = max(
    int(path.stat().st_mtime)
    for folder in ("templates", "static", "livelihood", "projects", "progress")
    for path in (BASE_DIR / folder).rglob("*")
    if path.suffix in (".py", ".html", ".css", ".js")
)
IDLE_MINUTES = env_int("IDLE_MINUTES", default=30)

# -- Applications ------------------------------------------------------------------

INSTALLED_APPS = [
    "livelihood.organisation",
    "projects",
    "progress",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tables2",
    "django_filters",
    "auditlog",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "livelihood.middleware.keep_private",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "livelihood.organisation.middleware.note_origin",
    "livelihood.organisation.middleware.SessionRules",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "livelihood.middleware.explain_wrong_method",
]

ROOT_URLCONF = "livelihood.urls"
WSGI_APPLICATION = "livelihood.wsgi.application"

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
                "livelihood.organisation.context.site",
            ],
        },
    }
]

# -- Database ----------------------------------------------------------------------

# Connections are kept: on PostgreSQL a new one for every request costs six sevenths of
# what the server can do.
CONN_MAX_AGE = env_int("CONN_MAX_AGE", default=60)

if "DATABASE_URL" in os.environ:
    DATABASES = {
        "default": dj_database_url.config(conn_max_age=CONN_MAX_AGE, conn_health_checks=True)
    }
else:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "livelihood.sqlite3",
            "CONN_MAX_AGE": CONN_MAX_AGE,
        }
    }

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A transaction takes the write lock when it begins (IMMEDIATE): two people who save at
    # once wait for each other instead of being told that the database is locked.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
        ),
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- People ------------------------------------------------------------------------

AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "livelihood.organisation.backends.PeopleBackend",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "livelihood.organisation.passwords.CharacterClassValidator"},
]

# Lock-out: five wrong passwords close the account for five minutes (usual in
# assessments of level 2; an administrator can unlock with `manage.py axes_reset_username`).
AXES_FAILURE_LIMIT = env_int("LOGIN_FAILURE_LIMIT", default=5)
AXES_COOLOFF_TIME = env_int("LOGIN_LOCK_MINUTES", default=5) / 60
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_LOCKOUT_TEMPLATE = "organisation/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
# Logins stand in the audit trail, which says how long they are kept.
AXES_DISABLE_ACCESS_LOG = True

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# The trail has columns of its own (region, who, what); livelihood/organisation/models.py.
AUDITLOG_LOGENTRY_MODEL = "organisation.LogEntry"
# The library's own migrations are left out: nobody would use the table that they make.
MIGRATION_MODULES = {"auditlog": None}
AUDITLOG_DISABLE_ON_RAW_SAVE = True
AUDITLOG_USE_FK_STRING_REPRESENTATION = True
# A visitor's header has no place in the trail.
AUDITLOG_CID_HEADER = None

# Counting by address as well would lock out a whole office behind one gateway; the account
# is what the assessors' rule protects.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]

# -- Reminders ---------------------------------------------------------------------

# Days before a deadline on which reporters are reminded (manage.py remind).
REMIND_DAYS_BEFORE = env_ints("REMIND_DAYS_BEFORE", default=[3, 1])
# Without a mail server reminders stay inside the product.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL", default=False)
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=False)
EMAIL_PORT = env_int("EMAIL_PORT", default=465 if EMAIL_USE_SSL else 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", EMAIL_HOST_USER or "noreply@localhost")
# The address under which people open the site; e-mails link to it where it is set.
SITE_URL = os.environ.get("SITE_URL", "")

# -- Language ----------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# -- Files -------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
# What people upload lies where no address leads; only the product hands it out.
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o640
# A unit's page of all its projects has many fields: townships, sites, milestones.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# -- Security ----------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
# Asked on this machine, past the proxy; it tells nothing.
SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Whether the own proxy stands in front: only then its headers are believed.
BEHIND_PROXY = env_bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", default=[])
CSRF_FAILURE_VIEW = "livelihood.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# Charts set their own inline styles; scripts come from this server only.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

MESSAGE_TAGS = {message_levels.ERROR: "danger", message_levels.DEBUG: "secondary"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

if TESTING:
    # Hashing slowly on purpose is for real passwords; the tests log in hundreds of times.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
