"""Where pairs are found and compared: Splink on DuckDB, in memory only (or `spark`).

The database writes no file, reads no file, loads no extension and reaches no network;
what does not fit into its memory is refused. Splink finds the pairs (blocking) and spells
the comparisons; the weights come from `training`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Protocol

import duckdb
import pyarrow as pa
from splink import Linker, SettingsCreator
from splink.backends.duckdb import DuckDBAPI
from splink.comparison_library import CustomComparison

from safelight.linkage.comparing import levels, nothing_level
from safelight.linkage.field_kinds import Field
from safelight.linkage.records import LinkageError

RECORDS: Final = "records"
# Splink says on its loggers what it runs, values of cells among it.
logging.getLogger("splink").setLevel(logging.CRITICAL)


class Backend(Protocol):
    """A database that Splink speaks to."""

    api: Any

    def load(self, name: str, table: pa.Table) -> None: ...

    def ask(self, sql: str) -> pa.Table: ...

    def ask_as_spelled(self, sql: str) -> pa.Table:
        """Ask what holds comparisons as Splink spells them for this database."""
        ...

    def counting(self) -> Backend:
        """Where a sample is counted."""
        ...

    def refusing(self) -> AbstractContextManager[None]:
        """What the database raises becomes a `LinkageError` without cells."""
        ...


class DuckDB:
    """`memory_gb`: the most the database may take; beyond it the run is refused."""

    def __init__(self, *, memory_gb: float, threads: int | None = None) -> None:
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "enable_external_access": "false",
                "temp_directory": "",
                "memory_limit": f"{memory_gb:g}GB",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                **({} if threads is None else {"threads": str(threads)}),
            },
        )
        self._connection.execute("SET enable_progress_bar = false")
        # Splink 5.0 writes lambdas with arrows.
        self._connection.execute("SET lambda_syntax = 'ENABLE_SINGLE_ARROW'")
        self._connection.execute("SET lock_configuration = true")
        self.api = DuckDBAPI(self._connection)

    def load(self, name: str, table: pa.Table) -> None:
        self._connection.register("arriving", table)
        with refused_when_full():
            self._connection.execute(
                f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM arriving"  # nosec B608  # noqa: S608
            )
        self._connection.unregister("arriving")

    def ask(self, sql: str) -> pa.Table:
        with refused_when_full():
            return self._connection.sql(sql).to_arrow_table()

    def ask_as_spelled(self, sql: str) -> pa.Table:
        return self.ask(sql)

    def counting(self) -> Backend:
        return self

    def refusing(self) -> AbstractContextManager[None]:
        return refused_when_full()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def refused_when_full() -> Iterator[None]:
    # The database's message holds the statement and with it cells: it must not travel on.
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise LinkageError(
            "the comparison needs more memory than it was given; give it more, or link the lists "
            "by year or region"
        ) from None
    except duckdb.Error as error:
        raise LinkageError(
            f"the database stopped ({type(error).__name__}); nothing was linked. Please tell the "
            "maintainers which kinds of columns the lists have"
        ) from None


def settings(
    fields: Sequence[Field],
    rules: Sequence[dict[str, Any]],
    *,
    chance: float = 1e-4,
) -> SettingsCreator:
    """Splink's settings for these fields: the levels of `comparing`, untrained."""
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            CustomComparison(
                output_column_name=f"f{number}",
                comparison_levels=[
                    nothing_level(fields, number),
                    *(level.creator for level in levels(fields, number)),
                ],
            )
            for number in range(len(fields))
        ],
        blocking_rules_to_generate_predictions=list(rules),
        retain_matching_columns=False,
        probability_two_random_records_match=chance,
    )


def blocked_pairs(backend: Backend, made: SettingsCreator) -> str:
    """The table of pairs that some rule proposes: `join_key_l`, `join_key_r`."""
    with backend.refusing():
        registered = backend.api.register(RECORDS)
        linker = Linker(registered, made, log_level=None, validate_settings=False)
        return str(linker.inference.compute_blocked_pairs_for_predict().physical_name)


def compared(backend: Backend, fields: Sequence[Field], *, pairs: str, a: str, b: str) -> pa.Table:
    """Compare the pairs of a table whose columns `a` and `b` hold unique_ids.

    Columns: a, b (a < b), list_a, list_b, and for each field g0, g1, … the level (0 is the
    strongest; -1 if a side holds nothing) and t0, t1, … the share of records that hold the
    agreed value (null where rarity says nothing).
    """
    dialect = backend.api.sql_dialect.sql_dialect_str
    spelled = settings(fields, ()).create_settings_dict(dialect)["comparisons"]
    columns = _columns(backend)
    sides = ", ".join(f"{side}.{one} AS {one}_{side}" for one in columns for side in "lr")
    picks: list[str] = []
    for number, comparison in enumerate(spelled):
        picks.append(_case(comparison["comparison_levels"], number))
        if levels(fields, number)[0].weighed_by_rarity:
            picks.append(f"CASE WHEN f{number}_l = f{number}_r THEN t{number}_l END AS t{number}")
    return backend.ask_as_spelled(
        f"SELECT unique_id_l AS a, unique_id_r AS b, list_no_l AS list_a, list_no_r AS list_b, "  # nosec B608  # noqa: S608
        f"{', '.join(picks)} FROM (SELECT {sides} FROM {pairs} AS p "
        f"JOIN {RECORDS} AS l ON l.unique_id = least(p.{a}, p.{b}) "
        f"JOIN {RECORDS} AS r ON r.unique_id = greatest(p.{a}, p.{b})) AS sides"
    )


def _columns(backend: Backend) -> list[str]:
    return list(backend.ask(f"SELECT * FROM {RECORDS} LIMIT 0").column_names)  # nosec B608  # noqa: S608


def _case(spelled: Sequence[dict[str, Any]], number: int) -> str:
    """CASE over the levels in Splink's words; -1 for nothing there, then 0, 1, …"""
    parts, code = [], -1
    for level in spelled:
        if level["sql_condition"].strip().upper() == "ELSE":
            parts.append(f"ELSE {code}")
        else:
            parts.append(f"WHEN {level['sql_condition']} THEN {code}")
        code += 1
    return f"CAST(CASE {' '.join(parts)} END AS TINYINT) AS g{number}"


def with_rarity(fields: Sequence[Field], columns: Sequence[str]) -> str:
    """SQL that adds to each record the share of records that hold its value, t0, t1, …"""
    shares = [
        f"CAST(CASE WHEN f{n} IS NOT NULL THEN count(*) OVER (PARTITION BY f{n}) END AS FLOAT) "
        f"/ count(f{n}) OVER () AS t{n}"
        for n in range(len(fields))
        if levels(fields, n)[0].weighed_by_rarity and f"f{n}" in columns
    ]
    return f"SELECT {', '.join(['*', *shares])} FROM loaded"  # nosec B608  # noqa: S608
