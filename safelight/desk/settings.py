"""Django settings of the desk: a program for one person, on that person's machine.

There are no users, sessions, admin site or cookies of Django's: who may come in is
decided by `gate` (launch token, Host, cross-site checks) and by the passphrase.
"""

from __future__ import annotations

import secrets
from typing import Any

# Nothing is signed with it; Django only wants one. A new one each start signs nothing for long.
SECRET_KEY = secrets.token_hex(32)
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]  # `gate` checks the port as well

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "safelight.desk",
    "safelight.journal",
    "safelight.casework",
    "safelight.casework.followup",
    "safelight.casework.letters",
    "safelight.casework.team",
    "safelight.partners",
    "safelight.release",
    "safelight.campaigns.notices",
    "safelight.campaigns.case_evidence",
    "safelight.campaigns.case_campaign",
]
MIDDLEWARE = [
    "safelight.desk.gate.SaferHeaders",
    "safelight.desk.gate.LoopbackOnly",
    "safelight.desk.gate.LaunchCookie",
    "safelight.desk.gate.SpeakTheirLanguage",
    "safelight.desk.gate.UnlockedFirst",
    "safelight.desk.gate.RefusalPage",
]
ROOT_URLCONF = "safelight.desk.urls"

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "safelight.desk.sqlcipher",
        # A label: the file and its key are given at unlock (sqlcipher/held_key.py).
        "NAME": "the-unlocked-desk",
        # IMMEDIATE: two tabs saving at once wait for each other instead of failing half-way.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
        # A connection lives for one request, so that locking leaves none open.
        "CONN_MAX_AGE": 0,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "safelight.desk.navigation.navigation",
            ],
        },
    }
]

# Asked for by name: the numbers' pages stand below the desk (release/views.py).
SAFELIGHT_DRAFT = "safelight.desk.numbers.draft_of_this_desk"
SAFELIGHT_COUNTABLE = "safelight.desk.numbers.countable_of_this_desk"
SAFELIGHT_HAND_OVER = "safelight.desk.numbers.publish_document"
SAFELIGHT_ROWS_TO_SHARE = "safelight.desk.partners.exchange_command.rows_to_share"
SAFELIGHT_REVIEWERS = "safelight.desk.releases.reviewers.other_reviewers"
SAFELIGHT_SESSION_LEDGER = "safelight.desk.partners.overlap_budget.LEDGER"
SAFELIGHT_ESTIMATE_WORDS = "safelight.desk.undercount.shown.estimate_words"
SAFELIGHT_PUBLISHED = "safelight.desk.numbers.publication_of"

# Asked before every entry of the journal, whichever room writes it (journal/chain.py).
SAFELIGHT_MAY_WRITE = "safelight.casework.team.roles.require"

# Rooms above casework that keep tables of cases (docs/adr/0023).
SAFELIGHT_PROJECTIONS: list[str] = [
    "safelight.campaigns.notices.tables.PROJECTION",
    "safelight.campaigns.case_evidence.keeping.PROJECTION",
    "safelight.campaigns.case_evidence.looks_table.PROJECTION",
    "safelight.campaigns.case_campaign.row_columns.PROJECTION",
]

# What rooms above casework put on Today: each returns the name of its template and what is in it.
SAFELIGHT_ON_TODAY: list[str] = ["safelight.campaigns.case_evidence.again_shown.on_today"]

USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
APPEND_SLASH = False

# Envelopes from a stick stay in memory until they are in the encrypted database.
FILE_UPLOAD_HANDLERS = ["safelight.desk.uploads.MemoryOnly"]
FILE_UPLOAD_TEMP_DIR = "/nonexistent"
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# States and ids only; Django's own request logger would print paths with ids of cases at WARNING.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "safelight": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.request": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
