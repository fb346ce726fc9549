"""Settings: from the environment only, with safe defaults for an embedded node.

MILENARI_HOME holds everything a node keeps (database, keys); DATABASE_URL selects PostgreSQL.
"""

import os
import sqlite3
from pathlib import Path

import dj_database_url
from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("MILENARI_HOME", Path.cwd() / "var")).resolve()
DEMO = os.environ.get("MILENARI_DEMO", "") == "1"
DEBUG = False


def _secret() -> str:
    """The cookie key: from the environment, a file, or made once in the node's home."""
    if "MILENARI_SECRET_KEY" in os.environ:
        return os.environ["MILENARI_SECRET_KEY"]
    kept = Path(os.environ.get("MILENARI_SECRET_KEY_FILE", HOME / "secret_key"))
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(os.urandom(32).hex())
    return kept.read_text().strip()


SECRET_KEY = _secret()
ALLOWED_HOSTS = os.environ.get("MILENARI_HOSTS", "127.0.0.1 localhost [::1] testserver").split()
# The name under which passkeys are made and used (WebAuthn's relying party): a domain, never an address in digits.
PASSKEY_DOMAIN = os.environ.get("MILENARI_PASSKEY_DOMAIN", "localhost")
CSRF_TRUSTED_ORIGINS = os.environ.get("MILENARI_ORIGINS", "").split()

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "milenari.registers",
    "milenari.journal",
    "milenari.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "milenari.server.urls"
WSGI_APPLICATION = "milenari.server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "milenari.web.context.node",
            ],
        },
    }
]

# SQLite before 3.51.3 can corrupt a WAL file that two connections checkpoint together
# (sqlite.org/wal.html#walresetbug; backports 3.44.6, 3.50.7), so there the rollback journal is used.
_WAL_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3) or sqlite3.sqlite_version_info in (
    (3, 44, 6),
    (3, 50, 7),
)
SQLITE_JOURNAL = "WAL" if _WAL_SAFE else "TRUNCATE"
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": f"PRAGMA journal_mode={SQLITE_JOURNAL}; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    # REPLACE removes a row without firing its delete trigger unless triggers may recurse.
    "PRAGMA recursive_triggers=ON;",
}
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{HOME / 'milenari.sqlite3'}", conn_max_age=600
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = _SQLITE
elif DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a SQLite file or a PostgreSQL database")
# The box that holds this node's entries before what cannot be undone is done (journal/exchange/anchor.py).
MIRROR = os.environ.get("MILENARI_MIRROR", "")
if MIRROR and not MIRROR.startswith(("http://", "https://")):
    raise ImproperlyConfigured("MILENARI_MIRROR must be an address that begins with http:// or https://")
# What the node does by itself (journal/chores.py): with whom it exchanges, where it publishes and puts its backups.
PEERS = dict(pair.split("=", 1) for pair in os.environ.get("MILENARI_PEERS", "").split() if "=" in pair)
for _peer, _at in PEERS.items():
    if not _at.startswith("https://") and _at.split("/")[2].split(":")[0] not in ("localhost", "127.0.0.1"):
        raise ImproperlyConfigured(f"MILENARI_PEERS: {_peer} must be reached by https, not {_at}")
EXCHANGE_MINUTES = int(os.environ.get("MILENARI_EXCHANGE_MINUTES", "10"))
PUBLISH = os.environ.get("MILENARI_PUBLISH", "")
BACKUP = os.environ.get("MILENARI_BACKUP", "")
BACKUP_TO = os.environ.get("MILENARI_BACKUP_TO", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "journal.Credential"
AUTHENTICATION_BACKENDS = ["milenari.journal.person.CredentialBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "journeys"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = os.environ.get("MILENARI_HTTPS", "") == "1"
CSRF_FAILURE_VIEW = "milenari.web.pages.faults.csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "script-src": [SELF, NONCE],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
        "base-uri": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("ca", "Català"),
    ("it", "Italiano"),
    ("fr", "Français"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"milenari.papers": {"level": "INFO"}},  # who printed what, and its hash
}
