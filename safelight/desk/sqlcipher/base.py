"""A Django database backend for SQLCipher: SQLite whose every page is encrypted.

SQLCipher 4 encrypts each page with AES-256-CBC and authenticates it with
HMAC-SHA512, the write-ahead log included. The key is a raw 32-byte one
(https://www.zetetic.net/sqlcipher/sqlcipher-api/#key), so opening a connection
costs no key derivation: Argon2id has been paid once, at unlock (`key_file`).
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterable, Mapping
from itertools import tee
from typing import Any, Final

from django.db.backends.sqlite3 import base as sqlite
from django.db.backends.sqlite3._functions import (  # type: ignore[import-untyped]
    register as register_functions,
)
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from sqlcipher3 import dbapi2 as sqlcipher

from safelight.desk.sqlcipher.held_key import held_key
from safelight.errors import SafelightError

# The key must come before anything that reads a page; the rest is per connection.
# cipher_log_level: SQLCipher otherwise writes page numbers to stderr on a wrong key.
# cipher_memory_security: pages are wiped and locked in memory (measured: +0.7 ms a connection).
# temp_store: sorts and journals of statements must never reach a plaintext temporary file.
_BEFORE_KEY: Final = ("PRAGMA cipher_log_level = NONE", "PRAGMA cipher_memory_security = ON")
_AFTER_KEY: Final = (
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA legacy_alter_table = OFF",
    "PRAGMA trusted_schema = OFF",
)


class WrongKeyError(SafelightError):
    """The file is not a database that this key opens."""


# The same conversions Django registers with the standard library's module.
def _decoded(parse: Any) -> Any:
    return lambda untrusted_bytes: parse(untrusted_bytes.decode())


sqlcipher.register_converter("bool", b"1".__eq__)
sqlcipher.register_converter("date", _decoded(parse_date))
sqlcipher.register_converter("time", _decoded(parse_time))
sqlcipher.register_converter("datetime", _decoded(parse_datetime))
sqlcipher.register_converter("timestamp", _decoded(parse_datetime))
sqlcipher.register_adapter(decimal.Decimal, str)
sqlcipher.register_adapter(datetime.date, lambda value: value.isoformat())
sqlcipher.register_adapter(datetime.datetime, lambda value: value.isoformat(" "))


class _Cursor(sqlcipher.Cursor):  # type: ignore[misc]  # the module has no types
    """Takes Django's `%s` parameters, as the standard backend's cursor does."""

    convert_query = sqlite.SQLiteCursorWrapper.convert_query  # type: ignore[attr-defined]

    def execute(self, query: str, params: Any = None) -> Any:
        if params is None:
            return super().execute(query)
        names = list(params) if isinstance(params, Mapping) else None
        return super().execute(self.convert_query(query, param_names=names), params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        peek, rows = tee(iter(param_list))
        first = next(peek, None)
        names = list(first) if isinstance(first, Mapping) else None
        return super().executemany(self.convert_query(query, param_names=names), rows)


class DatabaseWrapper(sqlite.DatabaseWrapper):
    """Opens whichever database is unlocked in this process; NAME in settings is only a label."""

    display_name = "SQLCipher"
    Database = sqlcipher

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        held = held_key()
        connection = sqlcipher.connect(**{**conn_params, "database": held.database.as_uri()})
        try:
            for pragma in _BEFORE_KEY:
                connection.execute(pragma)
            connection.execute(f"PRAGMA key = \"x'{held.key.hex()}'\"")
            try:
                # The first read of a page: the only moment a wrong key shows.
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlcipher.OperationalError:
                raise  # the disk is full or cannot be read: nothing is said about the key
            except sqlcipher.DatabaseError:
                # `from None`: the driver's words add nothing, and its chain holds the statement.
                raise WrongKeyError(
                    f"{held.database.name} does not open with this desk's key: expected the "
                    "database that was made together with the key file, got another or a damaged "
                    "one; put the two files of one desk, or of one backup, side by side"
                ) from None
            for pragma in _AFTER_KEY:
                connection.execute(pragma)
            register_functions(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=_Cursor)
