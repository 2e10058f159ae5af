"""The statistical row: refuses what contradicts itself, names fields and never values."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.vocabulary.odihr import odihr_category_of, odihr_rules
from safelight.vocabulary.schema import VocabularyError, vocabulary
from safelight.vocabulary.stat_row import StatRow, most_serious, new_random128

GOOD: dict[str, Any] = {
    "stat_id": "00112233445566778899aabbccddeeff",
    "source_list": "OWN",
    "channel": "WEB",
    "reporter_role": "VICTIM",
    "occurred_period": "2024-H1",
    "received_period": "2024-Q3",
    "region": "77",
    "acts": ("FDT", "ROB"),
    "bias_ground": ("GAY",),
    "bias_confidence": "LIKELY",
    "verification": "V1_COHERENT",
    "consent": ("STAT",),
}


def row(**changes: Any) -> StatRow:
    return StatRow(**(GOOD | changes))


def test_codes_stand_in_the_vocabulary_s_order() -> None:
    assert row(acts=("THR", "FDT", "ROB")).acts == ("ROB", "THR", "FDT")


def test_a_row_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        row().region = "78"  # type: ignore[misc]
    assert replace(row(), region="78").region == "78"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stat_id", "00112233"),
        ("stat_id", "00112233445566778899AABBCCDDEEFF"),
        ("source_list", "EVERYONE"),
        ("region", "95"),
        ("occurred_period", "May 2024"),
        ("received_period", "2031-H1"),
        ("acts", ("ROB", "ROB")),
        ("acts", "ROB"),
        ("acts", ()),
        ("bias_ground", ("gay",)),
        ("bias_confidence", None),
        ("fatal", "yes"),
        ("victim_age_band", "17"),
        ("harm", ("NONE", "PSYCH")),
        ("harm", ("SELF_HARM_RISK",)),
        ("judgement_id", ""),
        ("consent", ("ALL",)),
        ("coder_ids", ("a1", "b2", "c3")),
        ("coder_ids", ("A Person",)),
        ("schema_version", "0.9"),
    ],
)
def test_a_bad_value_is_refused_by_field_and_never_repeated(field: str, value: Any) -> None:
    with pytest.raises(VocabularyError, match=rf"^{field}: ") as refused:
        row(**{field: value})
    if isinstance(value, str) and len(value) > 3:
        assert value not in str(refused.value)


def test_a_fake_date_never_stands_alone() -> None:
    assert row(acts=("FDT", "THR")).most_serious_act == "THR"
    with pytest.raises(VocabularyError, match=r"^acts: FDT is coded in addition"):
        row(acts=("FDT",))


def test_somebody_killed_means_fatal() -> None:
    assert row(acts=("KIL",), fatal=True).fatal
    with pytest.raises(VocabularyError, match=r"^fatal: "):
        row(acts=("KIL",))
    with pytest.raises(VocabularyError, match=r"^fatal: "):
        row(harm=("DEATH",))


def test_what_was_told_to_us_is_counted_only_with_consent() -> None:
    with pytest.raises(VocabularyError, match=r"^consent: "):
        row(consent=("ADVOCACY",))
    assert row(source_list="POLICE", consent=()).consent == ()


def test_consent_does_not_end_before_it_was_given() -> None:
    dated = row(consent_given_at="2024-Q3", consent_expires_at="2026-Q3")
    assert dated.consent_expires_at == "2026-Q3"
    with pytest.raises(VocabularyError, match=r"^consent_withdrawn_at: "):
        row(consent_given_at="2024-Q3", consent_withdrawn_at="2024-Q2")
    with pytest.raises(VocabularyError, match=r"^consent_expires_at: "):
        row(consent_expires_at="2024-Q2")


def test_the_ordered_list_decides_for_every_act_and_picks_one() -> None:
    order = [step.value for step in vocabulary().seriousness]
    assert sorted(order) == sorted(vocabulary().field("acts").values)
    assert most_serious(["SMR", "EXT", "ASS"]) == "ASS"
    assert most_serious(["FDT", "KIL"]) == "KIL"
    with pytest.raises(VocabularyError, match="expected at least one act"):
        most_serious([])


@given(st.sets(st.sampled_from(vocabulary().field("acts").values), min_size=1))
def test_the_most_serious_act_is_the_first_of_the_list_that_happened(acts: set[str]) -> None:
    order = [step.value for step in vocabulary().seriousness]
    assert most_serious(acts) == min(acts, key=order.index)


@pytest.mark.parametrize(
    ("changes", "category", "eligible"),
    [
        ({"acts": ("ASS",)}, "V", True),
        ({"acts": ("THR",)}, "T", True),
        ({"acts": ("ARS",)}, "P", True),
        ({"acts": ("DIS",)}, "X", False),
        ({"acts": ("OUT", "SMR", "DEN", "DOX")}, "X", False),
        ({"acts": ("SMR", "THR")}, "T", True),
        ({"acts": ("FDT", "ROB")}, "V", True),
        ({"acts": ("FDT", "EXT")}, "T", True),
        ({"acts": ("FDT", "OUT")}, "X", False),
        ({"acts": ("EVI",)}, "X", False),
        ({"acts": ("EVI",), "harm": ("MINOR_INJ",)}, "V", True),
        ({"acts": ("EVI", "ASS")}, "V", True),
        ({"acts": ("POL",)}, "X", False),
        ({"acts": ("POL",), "harm": ("SERIOUS_INJ",)}, "V", True),
        ({"acts": ("PRO",)}, "X", False),
        ({"acts": ("ASS",), "bias_ground": ()}, "V", False),
        ({"acts": ("ASS",), "bias_confidence": "NOT_SHOWN"}, "V", False),
    ],
)
def test_odihr_counts_crimes_with_bias_and_nothing_else(
    changes: dict[str, Any], category: str, eligible: bool
) -> None:
    made = row(**changes)
    assert (made.odihr_category, made.odihr_eligible) == (category, eligible)


def test_conditional_categories_are_those_of_the_proposal() -> None:
    conditional = {act for act, rules in odihr_rules().of_act.items() if len(rules) > 1}
    assert conditional == {"FDT", "EVI", "POL"}
    assert odihr_category_of("FDT", ["FDT"], []) == "X"


def test_a_row_survives_being_written_and_read() -> None:
    made = row(harm=("PSYCH", "JOB_LOSS"), coder_ids=("c1", "c2"), judgement_id=new_random128())
    written = made.to_mapping()
    assert list(written) == [field.name for field in vocabulary().fields]
    assert written["acts"] == "ROB|FDT"
    assert written["most_serious_act"] == "ROB"
    assert written["odihr_eligible"] == "true"
    assert StatRow.from_mapping(written) == made


def test_a_derived_column_that_disagrees_is_refused() -> None:
    written = row().to_mapping()
    assert StatRow.from_mapping(written | {"most_serious_act": ""}) == row()
    with pytest.raises(VocabularyError, match=r"^most_serious_act: is derived"):
        StatRow.from_mapping(written | {"most_serious_act": "FDT"})


def test_columns_are_those_of_the_vocabulary_and_none_is_missing() -> None:
    written = row().to_mapping()
    with pytest.raises(VocabularyError, match="got 1 others") as refused:
        StatRow.from_mapping(written | {"narrative": "x"})
    assert "narrative" not in str(refused.value)
    del written["region"]
    with pytest.raises(VocabularyError, match=r"^columns missing or empty: region$"):
        StatRow.from_mapping(written)


def test_an_incident_without_a_ground_of_bias_can_be_written() -> None:
    made = row(bias_ground=(), bias_confidence="NOT_SHOWN")
    assert StatRow.from_mapping(made.to_mapping()) == made


@st.composite
def rows(draw: st.DrawFn) -> StatRow:
    words = vocabulary()

    def one(name: str) -> str:
        return draw(st.sampled_from(words.field(name).values))

    def many(name: str) -> tuple[str, ...]:
        codes = [code.value for code in words.field(name).codes if code.tier != "S2"]
        return tuple(draw(st.sets(st.sampled_from(codes), max_size=5)))

    harm = many("harm")
    return row(
        stat_id=draw(st.binary(min_size=16, max_size=16)).hex(),
        source_list=one("source_list"),
        region=one("region"),
        setting=one("setting"),
        acts=("ASS", *(act for act in many("acts") if act != "ASS")),
        bias_ground=many("bias_ground"),
        bias_indicators=many("bias_indicators"),
        bias_confidence=one("bias_confidence"),
        fatal=True,
        victim_age_band=one("victim_age_band"),
        perpetrator_type=many("perpetrator_type"),
        harm=("NONE",) if "NONE" in harm else harm,
    )


@given(rows())
def test_any_row_survives_being_written_and_read(made: StatRow) -> None:
    assert StatRow.from_mapping(made.to_mapping()) == made
    assert made.most_serious_act in made.acts


def test_a_row_of_the_version_before_is_a_row_of_this_one_with_nothing_made_up() -> None:
    new = ("smear_platform", "smear_exposed", "smear_employer_action", "smear_takedown")
    old = {name: cell for name, cell in row().to_mapping().items() if name not in new}
    read = StatRow.from_mapping(old | {"schema_version": "1.0"})
    assert read == row()
    assert read.schema_version == vocabulary().version
    assert [read.to_mapping()[name] for name in new] == ["", "", "", ""]


def test_a_campaign_stands_beside_its_act_only_and_without_codes_of_the_case_file() -> None:
    smeared = row(acts=("SMR",), smear_platform=("VK",), smear_employer_action="DISMISSED")
    assert StatRow.from_mapping(smeared.to_mapping()) == smeared
    with pytest.raises(VocabularyError, match=r"^smear_platform and the other columns"):
        row(smear_platform=("VK",))
    with pytest.raises(VocabularyError, match=r"^smear_exposed: this code belongs in the case"):
        row(acts=("SMR",), smear_exposed=("HIV_HEALTH",))
