"""Start Django with the desk's settings, once per process."""

from __future__ import annotations

import os
from typing import Final

import django
from django.core.management import call_command

SETTINGS: Final = "safelight.desk.settings"


def start_django() -> None:
    """Make models and pages usable. Not at import: the command line must stay quick."""
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    django.setup()


def migrate() -> None:
    """Bring the unlocked database to this version's tables."""
    call_command("migrate", verbosity=0, interactive=False)
