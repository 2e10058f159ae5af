"""Small lists as tests need them: written in the form of the real ones, with invented content."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from safelight.vocabulary.stat_row import StatRow, new_random128

NYPD_COLUMNS = (
    "Full Complaint ID",
    "Complaint Year Number",
    "Month Number",
    "Record Create Date",
    "Complaint Precinct Code",
    "Patrol Borough Name",
    "County",
    "Law Code Category Description",
    "Offense Description",
    "PD Code Description",
    "Bias Motive Description",
    "Offense Category",
    "Arrest Date",
    "Arrest Id",
)
GAY = "ANTI-MALE HOMOSEXUAL (GAY)"
TRANS = "ANTI-TRANSGENDER"
JEWISH = "ANTI-JEWISH"


def complaint_id(number: int, *, year: int = 2023, precinct: int = 14) -> str:
    return f"{year}{precinct:03d}1{number:05d}17"


def nypd_row(number: int = 1, **changes: str) -> dict[str, str]:
    """One row of the New York form; `changes` by short names or full column names."""
    year = int(changes.pop("year", "2023"))
    precinct = int(changes.pop("precinct", "14"))
    row = {
        "Full Complaint ID": complaint_id(number, year=year, precinct=precinct),
        "Complaint Year Number": str(year),
        "Month Number": "5",
        "Record Create Date": f"05/20/{year}",
        "Complaint Precinct Code": str(precinct),
        "Patrol Borough Name": "PATROL BORO MAN SOUTH",
        "County": "NEW YORK",
        "Law Code Category Description": "MISDEMEANOR",
        "Offense Description": "ASSAULT 3 & RELATED OFFENSES",
        "PD Code Description": "ASSAULT 3",
        "Bias Motive Description": GAY,
        "Offense Category": "Sexual Orientation",
        "Arrest Date": "",
        "Arrest Id": "",
    }
    short = {
        "id": "Full Complaint ID",
        "motive": "Bias Motive Description",
        "offence": "PD Code Description",
        "arrest": "Arrest Id",
        "recorded": "Record Create Date",
        "month": "Month Number",
    }
    row.update({short.get(name, name): value for name, value in changes.items()})
    return row


def many_complaints(count: int, *, seed: int = 1) -> list[dict[str, str]]:
    """Complaints with honest ids: years, precincts and numbers vary as in the real list."""
    rng = random.Random(seed)
    numbers = rng.sample(range(10_000, 99_999), count)
    return [
        nypd_row(number, year=str(rng.randint(2019, 2024)), precinct=str(rng.randint(1, 123)))
        for number in numbers
    ]


def own_row(**changes: str) -> dict[str, str]:
    """A row of a list in our own codes."""
    row = StatRow(
        stat_id=new_random128(),
        source_list="HELPLINE",
        channel="INTERVIEW",
        reporter_role="VICTIM",
        occurred_period="2024-H1",
        received_period="2024-Q2",
        region="UNK",
        acts=("ASS", "FDT"),
        bias_ground=("GAY",),
        bias_confidence="LIKELY",
        verification="V1_COHERENT",
    )
    return row.to_mapping() | changes


def write_csv(
    path: Path,
    rows: Iterable[Mapping[str, str]],
    *,
    columns: Sequence[str] = NYPD_COLUMNS,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def with_ids(
    rows: Iterable[Mapping[str, str]], ids: Iterable[str], *, column: str = "Full Complaint ID"
) -> list[dict[str, str]]:
    return [{**row, column: new} for row, new in zip(rows, ids, strict=True)]
