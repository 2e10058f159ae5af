"""Refuse UPDATE and DELETE on journal entries in the database itself.

Hazard for later migrations: SQLite drops a table's triggers when Django remakes the
table; whoever alters JournalEntry must run these statements again.
"""

from django.db import migrations

TABLE = "journal_journalentry"


def _refuse(statement: str) -> str:
    return (
        f"CREATE TRIGGER journal_no_{statement.lower()} BEFORE {statement} ON {TABLE} "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    )


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [
        migrations.RunSQL(
            sql=[_refuse("UPDATE"), _refuse("DELETE")],
            reverse_sql=["DROP TRIGGER journal_no_update", "DROP TRIGGER journal_no_delete"],
        )
    ]
