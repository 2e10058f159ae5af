"""Settings of the blind server, which has nothing to sign, to log in to or to remember.

What an operator decides comes from `safelight serve` through the environment,
because the worker is a process of its own. `SECRET_KEY` stays unset on purpose:
no session, cookie, token or signed link exists, and a secret that is not there
cannot be seized. Django raises if anything ever asks for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from safelight.server.database import DATABASE, in_postgresql

DATA_DIRECTORY = os.environ.get("SAFELIGHT_SERVER_DATA", "")

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "[::1]", "localhost"] + [
    host for host in os.environ.get("SAFELIGHT_SERVER_HOSTS", "").split(",") if host
]
ROOT_URLCONF = "safelight.server.urls"
WSGI_APPLICATION = "safelight.server.wsgi.application"
# Circles also where nobody asked for their addresses: what a server once held of them, it must
# go on forgetting.
INSTALLED_APPS = ["safelight.intake", "safelight.circles"]
MIDDLEWARE = [
    "safelight.server.answers.EveryAnswer",
    "safelight.server.asking.KnownHost",
    "safelight.server.asking.SameOriginWrites",
]

_SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(Path(DATA_DIRECTORY) / "mailboxes.sqlite3") if DATA_DIRECTORY else ":memory:",
    # Kept open by each thread: closing the last one makes SQLite copy the whole
    # write-ahead log back (14 of 16 ms of a deposit, when it was done each time).
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        # A write takes its lock at the start, so that two deposits never meet
        # half-way with "database is locked" (SQLite: upgrade of a read lock).
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;"
            # FULL: a commit has reached the disk before the answer says so.
            "PRAGMA synchronous=FULL;"
            # What is deleted is overwritten, and sorting never makes a file.
            "PRAGMA secure_delete=ON;"
            "PRAGMA temp_store=MEMORY;"
        ),
    },
}
DATABASES: dict[str, dict[str, Any]] = {
    "default": in_postgresql(os.environ[DATABASE]) if os.environ.get(DATABASE) else _SQLITE
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Nobody may make a file of what a person typed: no handler, and nowhere to put one.
FILE_UPLOAD_HANDLERS = ["safelight.server.asking.NoFileIsTaken"]
FILE_UPLOAD_TEMP_DIR = "/nonexistent"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": []},
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("ru", "Русский"), ("en", "English")]

# safelight.server.logs decides what is said; Django's own lines carry paths.
LOGGING_CONFIG = None
APPEND_SLASH = False
# "FILE_UPLOAD_TEMP_DIR does not exist": that is its purpose.
SILENCED_SYSTEM_CHECKS = ["files.E001"]
