"""The organisations' records as statistical rows, and as the CSV files they would hand over."""

from __future__ import annotations

import csv
import io
from typing import Final

from safelight.demo.organisations import KeptList, Record
from safelight.vocabulary.stat_row import StatRow

SOURCE_LISTS: Final = {
    "helpline": "HELPLINE",
    "legalaid": "LEGALAID",
    "media": "MEDIA",
    "police": "POLICE",
}


def rows_of(kept: KeptList) -> tuple[StatRow, ...]:
    """The list in closed codes. Names and the truth stay behind."""
    return tuple(_row(kept.organisation, record) for record in kept.records)


def _row(organisation: str, record: Record) -> StatRow:
    codes = record.codes
    return StatRow(
        stat_id=record.stat_id,
        source_list=SOURCE_LISTS[organisation],
        channel="BULK_IMPORT",
        reporter_role=codes["reporter_role"][0],
        occurred_period=codes["occurred_period"][0],
        occurred_precision="MONTH",
        received_period=codes["received_period"][0],
        region=codes["oblast"][0],
        setting=codes["setting"][0],
        acts=codes["acts"],
        bias_ground=codes["bias_ground"],
        bias_indicators=codes["bias_indicators"],
        bias_confidence=codes["bias_confidence"][0],
        premeditation=codes["premeditation"][0],
        victims_band=codes["victims_band"][0],
        fatal=codes["fatal"] == ("true",),
        victim_age_band=codes["victim_age_band"][0],
        victim_gender=codes["victim_gender"][0],
        perpetrator_type=codes["perpetrator_type"],
        perpetrators_band=codes["perpetrators_band"][0],
        harm=codes["harm"],
        verification=codes["verification"][0],
        counting_units="EVENT",
    )


def csv_bytes(kept: KeptList) -> bytes:
    """The file the organisation hands over, in our own columns; same list, same bytes."""
    sheet = io.StringIO(newline="")
    mappings = [row.to_mapping() for row in rows_of(kept)]
    writer = csv.DictWriter(sheet, fieldnames=list(mappings[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(mappings)
    return sheet.getvalue().encode()
