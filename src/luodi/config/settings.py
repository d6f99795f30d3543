"""Settings. What an installation may choose comes through env.py; the rest is decided here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from luodi.config import env

django_stubs_ext.monkeypatch()

PACKAGE = Path(__file__).resolve().parent.parent
DATA = env.data_folder()
DEBUG = env.flag("LUODI_DEBUG")
SECRET_KEY = env.secret("LUODI_SECRET_KEY")
LUODI_PERSONAL_SECRET = env.secret("LUODI_PERSONAL_SECRET")
LUODI_METRICS_TOKEN = env.text("LUODI_METRICS_TOKEN")
METRICS_FOLDER = env.metrics_folder()  # before anything counts
LUODI_PG_BIN = env.text("LUODI_PG_BIN")
ALLOWED_HOSTS = env.words("LUODI_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("LUODI_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "allauth",
    "allauth.account",  # allauth.mfa imports it; none of its pages is mounted (docs/adr/0009)
    "allauth.mfa",
    "luodi.kernel",
    "luodi.web",
    "luodi.orgs",
    "luodi.rulebook",
    "luodi.subjects",
    "luodi.search",
    "luodi.files",
    "luodi.facts",
    "luodi.obligations",
    "luodi.projects",
    "luodi.api",
    "luodi.demo",
]
MIDDLEWARE = [
    "luodi.web.requests.Observed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "luodi.orgs.middleware.ForAnother",
    "luodi.web.language.ByChoice",
    "luodi.api.middleware.ApiAnswers",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # gives allauth.mfa the request whose session holds a challenge
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "luodi.orgs.middleware.SignedIn",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "luodi.config.urls"
WSGI_APPLICATION = "luodi.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "luodi.web.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "orgs.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "luodi.orgs.sessions.Accounts"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "luodi.orgs.passwords.ThreeKinds"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "sign_in"
# Five failures lock the account for a quarter of an hour (GB/T 22239-2019 8.1.4.1; docs/domain/orgs.md#sign-in).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_LOCKOUT_TEMPLATE = "web/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
SESSION_ENGINE = "luodi.orgs.sessions"
SESSION_COOKIE_AGE = 24 * 3600  # what orgs.middleware ended is still known for a day, so that a draft finds its owner
LUODI_IDLE_MINUTES = env.number("LUODI_IDLE_MINUTES")
LUODI_SESSION_HOURS = 12  # a session ends then, however busy
LUODI_SECOND_FACTOR = env.choice("LUODI_SECOND_FACTOR", "", "must", "may")
MFA_ADAPTER = "luodi.orgs.mfa.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # PIN or fingerprint: a passkey is two factors by itself
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
LUODI_OIDC_ISSUER = env.text("LUODI_OIDC_ISSUER")
LUODI_OIDC_CLIENT_ID = env.text("LUODI_OIDC_CLIENT_ID")
LUODI_OIDC_CLIENT_SECRET = env.text("LUODI_OIDC_CLIENT_SECRET")
LUODI_OIDC_CLAIM = env.text("LUODI_OIDC_CLAIM")
LUODI_OIDC_LABEL = env.text("LUODI_OIDC_LABEL")
if LUODI_OIDC_ISSUER and not LUODI_OIDC_CLIENT_ID:
    raise env.WrongSetting("LUODI_OIDC_CLIENT_ID is missing, which LUODI_OIDC_ISSUER needs")
LUODI_API_ROOT = "/api/v1/"
LUODI_API_PER_MINUTE = max(env.number("LUODI_API_PER_MINUTE"), 1)
LUODI_API_BURST = max(env.number("LUODI_API_BURST"), 1)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # htmx reads it from the page; the cookie itself is no secret
CSRF_FAILURE_VIEW = "luodi.web.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = env.flag("LUODI_HTTPS")
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked from the machine itself, without a proxy
SECURE_HSTS_SECONDS = 31_536_000 if env.flag("LUODI_HTTPS") else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("LUODI_HTTPS") else None
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a folder that is not there
MEDIA_ROOT = DATA / "files"
WHITENOISE_USE_FINDERS = True  # one command serves; `collectstatic` is for those who put a proxy in front
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(MEDIA_ROOT), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"text": {"()": "luodi.kernel.logs.Line"}, "json": {"()": "luodi.kernel.logs.Json"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": env.choice("LUODI_LOG_FORMAT", "text", "json"),
        }
    },
    "root": {"handlers": ["stderr"], "level": env.text("LUODI_LOG")},
    "loggers": {
        "django.db.backends": {"level": "WARNING"},
        "django.security": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        "huey": {"level": "WARNING"},
        # A terminal is for what needs looking at; a machine wants each request.
        "luodi.requests": {"level": "INFO" if env.text("LUODI_LOG_FORMAT") == "json" else "WARNING"},
    },
}
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # by account alone: an office of fifty people comes from one address
TEST_RUNNER = "django.test.runner.DiscoverRunner"
