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
    """Bring the unlocked database to this version's tables, all of it or nothing.

    One transaction for all migrations. Django commits each on its own and notes it afterwards:
    if power goes in between, the next start finds tables that it is about to make, and the
    desk never opens again (tests/attacks/test_power_cut_in_a_migration.py).
    """
    from django.db import connection, transaction  # noqa: PLC0415  # settings: late
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    # Tables are remade with foreign keys off, and SQLite changes that outside transactions only.
    connection.disable_constraint_checking()
    try:
        with transaction.atomic():
            call_command("migrate", verbosity=0, interactive=False)
            connection.check_constraints()
    finally:
        connection.enable_constraint_checking()
