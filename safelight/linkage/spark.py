"""The same linkage on Spark, for lists that one machine cannot hold: the extra `spark`, and Java.

Splink finds the pairs and spells the comparisons for Spark; the rest that is asked is
translated from DuckDB's SQL. Rules are counted on their sample by DuckDB, so they are the
same. Spark keeps what it works on in its own memory and, beyond that, in files under
its own `spark.local.dir`: give it an encrypted one.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import sqlglot

from safelight.linkage.engine import DuckDB
from safelight.linkage.records import LinkageError

_WAREHOUSE: Final = "spark.sql.warehouse.dir"
_OURS: Final = "safelight-spark-"
_SMALL: Final = frozenset({pa.int8(), pa.int16()})


class Spark:
    """A backend on a Spark session that knows Splink's functions (`local_session` has them).

    What Spark refuses is refused here without its message, which holds cells.
    """

    def __init__(self, session: Any) -> None:
        from splink.internals.spark.database_api import SparkAPI  # noqa: PLC0415  needs pyspark

        self._session = session
        self._counting = DuckDB(memory_gb=2.0)
        make: Any = SparkAPI  # untyped
        with self.refusing():
            self.api = make(spark_session=session, break_lineage_method="persist")

    def load(self, name: str, table: pa.Table) -> None:
        # Splink's and Spark's whole numbers begin at 32 bits.
        fields = [one.with_type(pa.int32()) if one.type in _SMALL else one for one in table.schema]
        with self.refusing():
            frame = self._session.createDataFrame(table.cast(pa.schema(fields)))
            frame.persist().createOrReplaceTempView(name)

    def ask(self, sql: str) -> pa.Table:
        return self._asked(sql, read="duckdb", write="spark")

    def ask_as_spelled(self, sql: str) -> pa.Table:
        # As Splink does with what it spells for Spark.
        return self._asked(sql, read="spark", write="customspark")

    def counting(self) -> DuckDB:
        return self._counting

    @contextmanager
    def refusing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  Py4J raises what Java has, cells among it
            raise LinkageError(
                f"Spark stopped ({type(error).__name__}); nothing was linked. Give it more memory, "
                "or link without it"
            ) from None

    def close(self) -> None:
        warehouse = Path(self._session.conf.get(_WAREHOUSE, "").removeprefix("file:"))
        self._counting.close()
        self._session.stop()
        # Only what `local_session` made: another session's warehouse is its owner's.
        if warehouse.name.startswith(_OURS) and warehouse.parent == Path(tempfile.gettempdir()):
            shutil.rmtree(warehouse, ignore_errors=True)

    def _asked(self, sql: str, *, read: str, write: str) -> pa.Table:
        with self.refusing():
            (spelled,) = sqlglot.transpile(sql, read=read, write=write)
            found: pa.Table = self._session.sql(spelled).toArrow()
            return found


def local_session(*, memory_gb: float, threads: int | None = None) -> Any:
    """A Spark session on this machine alone. Raises `LinkageError` without the extra `spark`."""
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415
        from splink.backends.spark import similarity_jar_location  # noqa: PLC0415
    except ImportError:
        raise LinkageError(
            "Spark is not installed; `pip install 'safelight[spark]'`, and Java 17 or later"
        ) from None
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    made = (
        SparkSession.builder.master(f"local[{threads or '*'}]")
        .config("spark.jars", similarity_jar_location())
        .config("spark.driver.memory", f"{max(1, round(memory_gb))}g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        # Else Spark leaves a folder `spark-warehouse` wherever it was called.
        .config(_WAREHOUSE, tempfile.mkdtemp(prefix=_OURS))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
    )
    session = made.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session
