"""Lists that cannot be offered: refused with a reason, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.partners.overlap.key_list import checked_tokens, read_records
from safelight.partners.overlap.problems import OwnListError
from tests.partners.overlap.session import ONE_KEY, Session, keyed


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        (b"", "malformed", "key is missing"),
        (b"id\n1\n", "malformed", "key is missing"),
        (b"key,key\n1,2\n", "malformed", "stands twice"),
        (b"key,day\n1\n", "malformed", "line 2 has 1 cells"),
        (b'key\n"1\n2\n', "malformed", "not CSV"),
        (b"key\n\xff\xfe\n", "malformed", "byte 4"),
        (b"key\n1\n2\n3\n4\n5\n6\n", "over-quota", "at most 5"),
    ],
)
def test_a_malformed_list_is_refused_with_its_place(
    tmp_path: Path, text: bytes, code: str, reason: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"\xef\xbb\xbfkey,other\r\n 1 ,x\r\n2,\r\n")
    assert read_records(path, ONE_KEY, most=5) == [{"key": " 1 "}, {"key": "2"}]
    path.write_bytes(text)
    with pytest.raises(OwnListError, match=reason) as refusal:
        read_records(path, ONE_KEY, most=5)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("records", "unit", "code"),
    [
        (keyed(1, 2), "victim", "other-unit"),
        (keyed(1), "incident", "undersized"),
        (keyed(*range(11)), "incident", "over-quota"),
        (keyed(1, 1, 2), "incident", "duplicates"),
    ],
)
def test_a_list_that_the_terms_do_not_let_in_is_refused(
    records: list[dict[str, str]], unit: str, code: str
) -> None:
    terms = Session([keyed(1, 2), keyed(1, 2)], rules={"most": 10}).terms
    assert len(checked_tokens(keyed(1, 2, ""), terms, unit="incident")) == 3
    with pytest.raises(OwnListError) as refusal:
        checked_tokens(records, terms, unit=unit)
    assert refusal.value.code == code
