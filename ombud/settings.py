"""
Every setting of an installation, read from the environment here and nowhere else.

A secret may also be given as a file: `NAME_FILE=/run/secrets/name`. What a city decides (texts, targets,
radii, brands) is not a setting; it is rows of `ombud.catalog`.
"""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF

from ombud.plumbing import embedded_postgres, reachable

ROOT = Path(__file__).resolve().parent
PROJECT = ROOT.parent


class EnvError(Exception):
    """A variable of the environment says something we cannot take."""


def text(name: str, default: str = "") -> str:
    """Return the variable, or what the file named by `NAME_FILE` holds, or the default."""
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """Return a boolean; only the words 'true' and 'false' are accepted."""
    value = text(name, str(default)).lower()
    if value not in ("true", "false"):
        raise EnvError(f"{name}={value!r}: write true or false")
    return value == "true"


def number(name: str, default: int) -> int:
    """Return a whole number."""
    value = text(name, str(default))
    if not value.lstrip("-").isdigit():
        raise EnvError(f"{name}={value!r}: write a whole number")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """Return the comma-separated parts, empty ones left out."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(said: list[str]) -> list[str]:
    """Return networks and host names as they were said, once they can be read."""
    try:
        reachable.read(tuple(said))
    except ValueError as wrong:
        raise EnvError(f"{wrong}: write networks such as 10.20.0.0/16, or names of hosts") from wrong
    return said


def kept_secret(path: Path) -> str:
    """Return the secret kept in the home directory, made at the first start."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8").strip()


def database(url: str) -> dict[str, object]:
    """Return Django's settings of the database that a `postgresql://` URL names."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise EnvError(f"DATABASE_URL begins with {parts.scheme!r}: write postgresql://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def object_storage(bucket: str) -> dict[str, object]:
    """Return Django's settings of photos in a bucket: private, never overwritten, and given up on in half a minute."""
    from botocore.config import Config

    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": text("OMBUD_S3_URL") or None,
            "access_key": text("OMBUD_S3_KEY") or None,
            "secret_key": text("OMBUD_S3_SECRET") or None,
            "default_acl": "private",
            "file_overwrite": False,
            "client_config": Config(
                connect_timeout=3, read_timeout=20, retries={"max_attempts": 2, "mode": "standard"}
            ),
        },
    }


# -- Where this installation lives ----------------------------------------------------------------------------
OMBUD_HOME = Path(text("OMBUD_HOME", str(PROJECT / ".ombud"))).resolve()
OMBUD_DEMO = flag("OMBUD_DEMO", default=False)
OMBUD_DEMO_FOLDER = Path(text("OMBUD_DEMO_FOLDER", str(PROJECT / "demo")))
# Where people reach us: the start of every link in a message.
OMBUD_PUBLIC_URL = text("OMBUD_PUBLIC_URL", "http://localhost:8311").rstrip("/")
# How many proxies of ours stand before us; only what they add to X-Forwarded-For is believed.
OMBUD_TRUSTED_PROXIES = number("OMBUD_TRUSTED_PROXIES", 0)
OMBUD_MAP_STYLE_URL = text("OMBUD_MAP_STYLE_URL")
# Networks and hosts besides the public Internet that connectors and webhooks may call.
OMBUD_OUTGOING_NETWORKS = networks(words("OMBUD_OUTGOING_NETWORKS"))
# Requests a stranger may send from one address in an hour before we ask them to wait.
OMBUD_REPORTS_PER_HOUR = number("OMBUD_REPORTS_PER_HOUR", 60)
OMBUD_SUGGESTIONS_PER_HOUR = number("OMBUD_SUGGESTIONS_PER_HOUR", 3600)
# Calls by Open311 that only read, from one address in an hour: a program that copies the record makes some hundreds.
OMBUD_OPEN311_READS_PER_HOUR = number("OMBUD_OPEN311_READS_PER_HOUR", 36_000)
# Downloads of the public record that nobody had asked for before, made for one address in an hour.
OMBUD_DOWNLOADS_PER_HOUR = number("OMBUD_DOWNLOADS_PER_HOUR", 120)
# Calls of the open-data API in an hour: from one address, and by one app token.
OMBUD_SODA_CALLS_PER_HOUR = number("OMBUD_SODA_CALLS_PER_HOUR", 10_000)
OMBUD_SODA_TOKEN_CALLS_PER_HOUR = number("OMBUD_SODA_TOKEN_CALLS_PER_HOUR", 100_000)
# What queries of the public record may take of a web process: memory, and how many run side by side.
OMBUD_QUERY_MEGABYTES = number("OMBUD_QUERY_MEGABYTES", 2_048)
OMBUD_QUERIES_AT_ONCE = number("OMBUD_QUERIES_AT_ONCE", 4)

DEBUG = flag("OMBUD_DEBUG", default=False)
SECRET_KEY = text("OMBUD_SECRET_KEY") or kept_secret(OMBUD_HOME / "secret-key")
ALLOWED_HOSTS = words("OMBUD_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = words("OMBUD_TRUSTED_ORIGINS")
CSRF_FAILURE_VIEW = "ombud.web.refusing.no_token"
HTTPS = OMBUD_PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if OMBUD_TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
DATA_UPLOAD_MAX_NUMBER_FILES = 12

# -- The database ---------------------------------------------------------------------------------------------
DATABASE_URL = text("DATABASE_URL")
DATABASES = {
    "default": {
        **(database(DATABASE_URL) if DATABASE_URL else embedded_postgres.django_database(OMBUD_HOME)),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
# The role that pages and jobs take on: it owns nothing, so the walls between cities hold for it.
OMBUD_DATABASE_ROLE = text("OMBUD_DATABASE_ROLE", "ombud_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "ombud_cache"},
}

# -- What it is made of ---------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "ombud.plumbing",
    "ombud.places",
    "ombud.catalog",
    "ombud.people",
    "ombud.service_requests",
    "ombud.intake",
    "ombud.triage",
    "ombud.work",
    "ombud.conversation",
    "ombud.insight",
    "ombud.opendata",
    "ombud.connect",
    "ombud.connect.open311.apps.Open311Config",
    "ombud.connect.bridge.apps.BridgeConfig",
    "ombud.connect.webhooks",
    "ombud.web",
    "ombud.wiring.WiringConfig",
]
MIDDLEWARE = [
    # First, so that static files and what is refused before any page carry them too.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Django pads what it compresses, so that its length tells nothing of what is in it.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "ombud.web.middleware.CityMiddleware",
    "ombud.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ombud.web.middleware.SecondFactorMiddleware",
    # Last, so that what it says is said within the city and its language.
    "ombud.web.middleware.AnswerClearly",
]
ROOT_URLCONF = "ombud.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Ours first: the sign-in pages of allauth wear our clothes.
        "DIRS": [ROOT / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "ombud.web.context.city",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# -- Content Security Policy: nothing inline, nothing from elsewhere but what a city's map style needs -----------
_map_origin = ["{0.scheme}://{0.netloc}".format(urlsplit(OMBUD_MAP_STYLE_URL))] if OMBUD_MAP_STYLE_URL else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:", *_map_origin],
        "font-src": [SELF, *_map_origin],
        "connect-src": [SELF, *_map_origin],
        "worker-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# -- Accounts -------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "ombud.web.accounts.StaffOnlyAdapter"
SOCIALACCOUNT_ADAPTER = "ombud.web.accounts.SingleSignOnAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "ombud.web.passkeys.AddPasskey"}
# An administrator gives the address; nobody who signed themselves up could hold it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Ombud"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# A link and not a form: the Content Security Policy lets forms go nowhere but to us, redirects included.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_STORE_TOKENS = False
# Whether the provider asks for a second factor, so that we need not.
OMBUD_OIDC_SECOND_FACTOR = flag("OMBUD_OIDC_SECOND_FACTOR", default=False)
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "city",
                    "name": text("OMBUD_OIDC_NAME", "City sign-in"),
                    "client_id": text("OMBUD_OIDC_CLIENT_ID"),
                    "secret": text("OMBUD_OIDC_SECRET"),
                    "settings": {"server_url": text("OMBUD_OIDC_URL")},
                }
            ]
        }
    }
    if text("OMBUD_OIDC_URL")
    else {}
)

# -- Languages and time ---------------------------------------------------------------------------------------
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("ar-xb", "Pseudo right-to-left")]
LANGUAGES_BIDI = ["ar", "ar-xb", "fa", "he", "ur"]
LOCALE_PATHS = [ROOT / "locale"]

# -- Files, pictures, mail ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = OMBUD_HOME / "static"
WHITENOISE_USE_FINDERS = DEBUG
_S3_BUCKET = text("OMBUD_S3_BUCKET")
STORAGES = {
    "default": (
        object_storage(_S3_BUCKET)
        if _S3_BUCKET
        else {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(OMBUD_HOME / "media")},
        }
    ),
    "staticfiles": {"BACKEND": "ombud.web.static_files.OneSheetStorage"},
}
OMBUD_PHOTO_MAX_BYTES = number("OMBUD_PHOTO_MAX_MEGABYTES", 15) * 1024 * 1024
EMAIL_HOST = text("OMBUD_MAIL_HOST")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "ombud.plumbing.mailbox.MaildirBackend"
EMAIL_PORT = number("OMBUD_MAIL_PORT", 587)
EMAIL_HOST_USER = text("OMBUD_MAIL_USER")
EMAIL_HOST_PASSWORD = text("OMBUD_MAIL_PASSWORD")
EMAIL_USE_TLS = flag("OMBUD_MAIL_TLS", default=bool(EMAIL_HOST))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = text("OMBUD_MAIL_FROM", "311@localhost")

# -- Links to other systems -----------------------------------------------------------------------------------
# What a link may name as a secret: OMBUD_LINK_, then the city's id, then whatever tells it apart.
OMBUD_LINK_SECRETS = {
    name: text(name) for name in (n.removesuffix("_FILE") for n in os.environ if n.startswith("OMBUD_LINK_"))
}

# -- Jobs and logs --------------------------------------------------------------------------------------------
PROCRASTINATE_ON_APP_READY = "ombud.plumbing.jobs.on_app_ready"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": text("OMBUD_LOG_LEVEL", "WARNING").upper()},
    # It writes whole addresses, and keys stand in some.
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}
SILENCED_SYSTEM_CHECKS = ["models.W037"]
