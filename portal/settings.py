"""The one settings file: everything that differs between machines comes from the environment."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal.environment import database, flag, keyring, required

BASE_DIR = Path(__file__).resolve().parent.parent

# --- the machine -------------------------------------------------------------------------------------------
DEBUG = flag("DEBUG")
DEMO = flag("DEMO")  # every screen and print says MẪU; never set in production
SECRET_KEY = required("SECRET_KEY", "it signs sessions and links; make one of 50 random characters.")
PUBLIC_URL = required(
    "PUBLIC_URL", "printed codes and cards carry it, like https://thanhnien.example.vn."
).rstrip("/")
FIELD_KEYS = keyring(required("FIELD_KEYS", "it encrypts account and identity numbers, like k1:BASE64."))
BLIND_INDEX_KEY = keyring("i:" + required("BLIND_INDEX_KEY", "it finds duplicates of encrypted numbers."))[
    "i"
]
DATABASES = {"default": database(required("DATABASE_URL", "like postgres://user:password@host:5432/portal."))}
DATABASES["default"]["TEST"] = {"NAME": "test_portal" + os.environ.get("TEST_DB_SUFFIX", "")}
DATABASE_APP_ROLE = os.environ.get("DATABASE_APP_ROLE", "portal_app")  # what the server connects as
PROXY_COUNT = int(os.environ.get("PROXY_COUNT", "0"))  # trusted proxies in front that add X-Forwarded-For

_public = urlsplit(PUBLIC_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname:
    raise ImproperlyConfigured("PUBLIC_URL must be a whole address, like https://thanhnien.example.vn.")
ALLOWED_HOSTS = [h for h in os.environ.get("ALLOWED_HOSTS", _public.hostname).split(",") if h]
SECURE = _public.scheme == "https"

# --- the rooms ---------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "portal.organization",
    "portal.accounts",
    "portal.field",
    "portal.privacy",
    "portal.codes",
    "portal.printing",
    "portal.home",
    "markets",
    "heritage",
    "neighborhoods",
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.forms",  # its widget templates, for portal.forms.Renderer
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "portal.logs.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",  # above WhiteNoise: static answers need the header too
    "portal.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "portal.accounts.middleware.AccountMiddleware",  # eight hours, second factor, the five-minute lock
    "portal.accounts.devices.DeviceMiddleware",
    "neighborhoods.practice.PracticeMiddleware",
    "portal.sending.SendMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.accounts.middleware.HtmxLoginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.errors.EmptyErrorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.accounts.middleware.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
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
                "portal.shell.shell",
            ],
            "builtins": ["portal.templatetags.portal"],
        },
    }
]
FORM_RENDERER = "portal.forms.Renderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- words and time ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["portal.formats"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_I18N = True

# --- who is who --------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "portal.accounts.backends.NameOrPhoneBackend",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "today"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "name", "phone"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a market shares one address: never the address alone
AXES_FAILURE_LIMIT = 7
AXES_COOLOFF_TIME = 0.5  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # who keeps trying does not wait for ever
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "portal.accounts.attempts.account_key"
AXES_HANDLER = "portal.accounts.attempts.ForgetfulHandler"
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "portal.limits.client_address"
AXES_LOCKOUT_CALLABLE = "portal.accounts.views.entrance.locked_out"
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "Tỉnh Đoàn Gia Lai"

SESSION_COOKIE_AGE = 8 * 3600
SESSION_LENGTH = 8 * 3600  # seconds from login, however busy
FIELD_LOCK_AFTER = 5 * 60  # idle seconds before a field screen asks for the PIN
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- what a browser may do ---------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "media-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None

# --- files -------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if flag("PLAIN_STATIC")
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024  # pictures are read in memory and never touch a disk
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- history and logs --------------------------------------------------------------------------------------
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")  # a GET changes nothing that has a history
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "portal.logs.RequestFilter"}},
    "formatters": {
        "line": {
            "format": "{asctime} {levelname} {name} request={request_id} user={user_id} route={route}"
            " {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["request"], "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # prints whole addresses; portal.request has its line
        "django.server": {"handlers": [], "propagate": False},
        "gunicorn.error": {"level": "INFO", "propagate": True},  # through our filter
        "axes": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},  # its lines of daily work carry the arguments of jobs
    },
}
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # user names are unique whatever their case, by a constraint
