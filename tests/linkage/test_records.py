from __future__ import annotations

import pytest

from safelight.linkage.records import (
    LinkageError,
    RecordList,
    Unit,
    check_together,
    known,
    list_from_csv,
)

GOOD = "id,name,place\n1,a,x\n2,b,y\n"


def test_a_good_list_is_read_with_what_is_unknown_left_empty() -> None:
    one = list_from_csv(b"id;name;place\n1;a; x \n2;N/A;\xd0\xbd\xd0\xb5\xd1\x82\n", name="one")
    assert one.ids == ("1", "2")
    assert one.columns == {"name": ("a", None), "place": ("x", None)}
    assert one.unit is Unit.INCIDENT


@pytest.mark.parametrize(
    ("defect", "text", "reason"),
    [
        ("cut off in a quotation", GOOD + '3,"c', "not CSV"),
        ("cut off in a row", GOOD + "3,c", "row 4 has 2 cells"),
        ("one id twice", GOOD + "1,c,z\n", "gives 1 ids to more than one"),
        ("a row without an id", GOOD + ",c,z\n", "has no id"),
        ("a header only", "id,name\n", "a header at most"),
        ("nothing", "", "a header at most"),
        ("one title twice", "id,name,name\n1,a,b\n", "a title of its own"),
        ("one column", "id\n1\n2\n", "1 columns"),
        ("null characters", "id,name\n1,\0\n", "null characters"),
        ("no ids that could be", "name,place\na,x\na,y\n", "which column holds the ids"),
        ("units mixed", "id,name,counting_units\n1,a,EVENT\n2,b,VICTIM\n", "mixes 2 counting"),
        ("an id that a spreadsheet would run", GOOD + "=1+1,c,z\n", "row 4 begins like a spread"),
        ("a title that moves the cursor", "id,na\x1b[2Jme,b\n1,a,x\n", "cannot be printed"),
        ("a cell without end", GOOD + f"3,{'c' * 100_001},z\n", "more than 100,000 characters"),
        ("rulings", "id,name,counting_units\n1,a,RULING\n", "neither incidents nor persons"),
    ],
)
def test_a_malformed_list_is_refused_whole(defect: str, text: str, reason: str) -> None:
    with pytest.raises(LinkageError, match=reason):
        list_from_csv(text.encode(), name="one")


def test_ids_below_zero_are_ids() -> None:
    assert list_from_csv(GOOD.encode() + b"-3,c,z\n", name="one").ids == ("1", "2", "-3")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(LinkageError, match="not UTF-8"):
        list_from_csv(GOOD.encode() + b"3,\xff,z\n", name="one")


def test_a_refusal_never_repeats_a_cell() -> None:
    with pytest.raises(LinkageError) as refusal:
        list_from_csv(b"id,name\nsecret-id,secret-name\nsecret-id,other\n", name="one")
    assert "secret" not in str(refusal.value)


def test_lists_of_different_units_are_never_linked() -> None:
    incidents = list_from_csv(GOOD.encode(), name="one")
    persons = list_from_csv(GOOD.encode(), name="two", unit=Unit.PERSON)
    assert check_together([incidents, incidents_named("three")]) is Unit.INCIDENT
    with pytest.raises(LinkageError, match="one counts incidents, two counts persons"):
        check_together([incidents, persons])


def test_a_unit_that_contradicts_the_list_is_refused() -> None:
    text = b"id,name,counting_units\n1,a,VICTIM\n2,b,VICTIM\n"
    assert list_from_csv(text, name="one").unit is Unit.PERSON
    with pytest.raises(LinkageError, match="says that it counts persons"):
        list_from_csv(text, name="one", unit=Unit.INCIDENT)


def test_two_lists_of_one_name_are_refused() -> None:
    with pytest.raises(LinkageError, match="same name"):
        check_together([incidents_named("one"), incidents_named("one")])


@pytest.mark.parametrize("cell", ["", " ", "UNK", "n/a", "неизвестно", None])
def test_what_says_nothing_is_nothing(cell: str | None) -> None:
    assert known(cell) is None


def incidents_named(name: str) -> RecordList:
    return list_from_csv(GOOD.encode(), name=name)
