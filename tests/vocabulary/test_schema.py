"""The vocabulary: complete, labelled twice, grouped without gaps, strict about names."""

from __future__ import annotations

import pytest

from safelight.vocabulary.codes import LANGUAGES, PENDING, Code, Field, checked_period
from safelight.vocabulary.reading import read_code, read_data
from safelight.vocabulary.schema import VocabularyError, vocabulary

# What the proposal (schema v0) listed; the data may add to it, never lose any.
PROPOSED = {
    "source_list": "OWN PARTNER LEGALAID HELPLINE COURT MEDIA SURVEY POLICE",
    "channel": "WEB ONION MAIL OFFLINE_FILE INTERVIEW BULK_IMPORT",
    "reporter_role": "VICTIM WITNESS FAMILY_FRIEND ORG MEDIA_READ",
    "occurred_precision": "EXACT MONTH YEAR HEARING_YEAR UNKNOWN",
    "setting": "HOME STREET WORK SCHOOL TRANSPORT VENUE DATE_MEET ONLINE DETENTION HEALTHCARE "
    "OTHER UNK",
    "acts": "KIL ATT SEX SER ASS ABD ROB EXT THR STK PRP ARS FDT HUM OUT DOX SMR DEN DIS EVI CNV "
    "POL PRO",
    "bias_ground": "GAY LES BIS TRN GNC MIX INT PER ASC",
    "bias_indicators": "VICTIM_PERCEPTION WORDS SYMBOLS_GROUP TARGET_SELECTION TIME_PLACE "
    "PATTERN_PRIOR EXCESS_VIOLENCE FILMED_PUBLISHED PANIC_ARGUMENT NO_OTHER_MOTIVE",
    "bias_confidence": "CONFIRMED LIKELY POSSIBLE NOT_SHOWN",
    "premeditation": "PREMEDITATED UNPREMEDITATED PANIC_DEFENCE OTHER UNK",
    "victims_band": "1 2-4 5+",
    "victim_age_band": "U14 14-15 16-17 18-24 25-34 35-54 55+ UNK",
    "victim_gender": "F M NB UNK",
    "perpetrator_type": "STRANGER VIGILANTE_GROUP FAMILY PARTNER_EX COLLEAGUE_EMPLOYER "
    "SCHOOL_STAFF PEER POLICE OTHER_OFFICIAL ONLINE_UNKNOWN ORG_ACTIVIST UNK",
    "perpetrators_band": "1 2-3 4+ UNK",
    "harm": "NONE MINOR_INJ SERIOUS_INJ DEATH PSYCH JOB_LOSS HOUSING_LOSS SCHOOL_LOSS MONEY_LOSS "
    "LEFT_REGION LEFT_COUNTRY SELF_HARM_RISK",
    "verification": "V0_UNCHECKED V1_COHERENT V2_CORROBORATED V3_DOCUMENTED VX_REFUTED "
    "VD_DUPLICATE",
    "counting_units": "EVENT ACT VICTIM PERPETRATOR RULING",
    "consent": "STAT SHARE_PARTNER EVIDENCE ADVOCACY",
    "technique": "DOSSIER EMPLOYER_LETTER PARENTS_MOBILISED PUBLIC_POST VIDEO DOX OUT "
    "FALSE_ACCUSATION FAKE_DATE EXTORTION DENUNCIATION_POLICE DENUNCIATION_RKN MASS_REPORTING "
    "IMPERSONATION SYNTHETIC_MEDIA",
    "platform": "VK OK TELEGRAM MAX INSTAGRAM YOUTUBE IMAGEBOARD DATING_APP SCHOOL_CHAT EMAIL "
    "PAPER PRESS_TV OTHER",
    "exposed": "NAME PHOTO INTIMATE_IMAGE HOME_ADDRESS PHONE WORKPLACE SCHOOL FAMILY ORIENTATION "
    "TRANS_STATUS HIV_HEALTH CHATS DOCUMENTS SOCIAL_ACCOUNTS",
    "audience_addressed": "EMPLOYER PARENTS PUPILS AUTHORITY FAMILY PUBLIC",
    "accusation": "PAEDOPHILE PROPAGANDA EXTREMIST IMMORAL SICK OTHER",
    "victim_occupation_group": "TEACHER OTHER_EDU HEALTH PUBLIC_SERVICE PRIVATE STUDENT "
    "SCHOOL_PUPIL OTHER UNK",
    "employer_action": "NONE TALK REPRIMAND LEAVE FORCED_RESIGNATION DISMISSED SUPPORTED "
    "REINSTATED UNK",
    "days_to_consequence_band": "0-2 3-7 8-30 31+ NONE UNK",
    "takedown": "NOT_ASKED ASKED_NO_ANSWER REFUSED REMOVED REPOSTED",
}
PROPOSED_STAGES = {
    "F0_RECORDED": "",
    "F1_DECISION": "REPORT NOT_REPORT",
    "F2_REPORT": "ACCEPTED REFUSED_TO_ACCEPT THIRD_PARTY_REPORT",
    "F3_CASE": "OPENED_CRIMINAL OPENED_ADMIN REFUSED_TO_OPEN TRANSFERRED NO_ANSWER VICTIM_TARGETED",
    "F4_BIAS_RAISED": "BY_VICTIM BY_LAWYER NOT_RAISED",
    "F5_BIAS_RECORDED": "YES REPLACED_BY_PERSONAL_ANIMOSITY REPLACED_BY_HOOLIGANISM_OR_GREED NO "
    "UNK",
    "F6_SUSPECT": "IDENTIFIED NOT_IDENTIFIED SUSPENDED",
    "F7_CHARGED": "YES NO LESSER_OFFENCE",
    "F8_COURT": "SENT RETURNED RECONCILED TERMINATED_OTHER",
    "F9_VERDICT": "CONVICTED ACQUITTED PENDING",
    "F10_SENTENCE": "CUSTODY SUSPENDED FINE OTHER",
    "F11_REMEDY": "COMPENSATION REINSTATED APOLOGY NONE PENDING",
}
PROPOSED_FIELDS = (
    "stat_id schema_version source_list channel reporter_role occurred_period received_period "
    "region setting acts most_serious_act bias_ground bias_indicators bias_confidence "
    "premeditation victims_band fatal victim_age_band victim_gender perpetrator_type "
    "perpetrators_band harm verification judgement_id counting_units odihr_eligible consent "
    "coder_ids"
)


def every_field() -> list[Field]:
    words = vocabulary()
    details = [detail for stage in words.stages for detail in stage.details]
    return [*words.fields, *words.smear_fields, *details]


def every_code() -> list[Code]:
    words = vocabulary()
    of_fields = [code for field in every_field() for code in (*field.codes, *field.groups)]
    of_stages = [code for stage in words.stages for code in stage.codes]
    return [*of_fields, *of_stages, *words.case_file_only, *words.never_collected]


@pytest.mark.parametrize("name", PROPOSED)
def test_no_code_of_the_proposal_is_lost_and_additions_are_marked(name: str) -> None:
    codes = vocabulary().field(name).codes
    proposed = PROPOSED[name].split()
    assert [code.value for code in codes if not code.added] == proposed


@pytest.mark.parametrize("name", PROPOSED_STAGES)
def test_no_stage_of_the_funnel_is_lost_and_each_may_be_pending(name: str) -> None:
    stage = vocabulary().stage(name)
    proposed = PROPOSED_STAGES[name].split()
    values = [code.value for code in stage.codes]
    assert [value for value in values if value != PENDING] == [
        value for value in proposed if value != PENDING
    ]
    assert (PENDING in values) == bool(proposed)


def test_no_field_of_the_proposal_is_lost() -> None:
    names = {field.name for field in vocabulary().fields}
    assert set(PROPOSED_FIELDS.split()) <= names


def test_pending_is_censored_and_a_no_is_not() -> None:
    charged = vocabulary().stage("F7_CHARGED")
    assert charged.is_censored("PENDING")
    assert not charged.is_censored("NO")


def test_yes_and_no_stay_words() -> None:
    # YAML's own rules would make booleans of them.
    assert [code.value for code in vocabulary().stage("F7_CHARGED").codes][:2] == ["YES", "NO"]


def test_the_details_of_the_funnel_are_there() -> None:
    details = {d.name: d.values for stage in vocabulary().stages for d in stage.details}
    assert set(details) == {"reason_not", "bias_recognised", "panic_argument"}
    assert details["panic_argument"] == ("NOT_RAISED", "RAISED_REJECTED", "RAISED_ACCEPTED")
    assert len(details["reason_not"]) == 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_a_label_in_both_languages(language: str) -> None:
    labels = [item.label(language) for item in (*every_field(), *every_code())]
    assert all(labels)
    assert all(label == label.strip() for label in labels)


def test_russian_labels_are_russian_and_english_ones_are_not() -> None:
    proper_names = {"Telegram", "MAX", "Instagram", "YouTube"}
    for code in every_code():
        english, russian = code.label("en"), code.label("ru")
        assert not any("а" <= char <= "я" for char in english.lower()), code.value
        if russian not in proper_names and any(char.isalpha() for char in russian):
            assert any("а" <= char <= "я" for char in russian.lower()), code.value


def test_labels_avoid_the_state_s_words_and_slurs() -> None:
    # The state's "non-traditional", and words that hurt; a label is read by the person harmed.
    hurting = ("нетрадицион", "гомосексуализм", "транссексуал", "извращ", "жертв")
    for code in every_code():
        assert not any(word in code.label("ru").lower() for word in hurting), code.value


def test_every_code_that_is_released_grouped_has_exactly_one_group() -> None:
    grouped = [field for field in vocabulary().fields if field.released_as == "group"]
    assert {field.name for field in grouped} == {
        "region",
        "acts",
        "bias_ground",
        "victim_age_band",
        "perpetrator_type",
        "harm",
        "smear_platform",
        "smear_exposed",
        "smear_employer_action",
    }
    for field in grouped:
        for code in field.codes:
            if code.tier != "S2":
                assert field.group(field.group_of(code.value)).value == code.group


def test_minors_are_published_as_minors_only() -> None:
    ages = vocabulary().field("victim_age_band")
    published = {value: ages.group_of(value) for value in ages.values}
    assert [value for value, group in published.items() if group == "MINOR"] == [
        "U14",
        "14-15",
        "16-17",
    ]


def test_there_are_eight_districts_and_every_region_lies_in_one() -> None:
    region = vocabulary().field("region")
    districts = {group.value for group in region.groups} - {"UA_OCCUPIED", "ABROAD", "UNK"}
    assert len(districts) == 8
    oblasts = [code for code in region.codes if code.value.isdigit()]
    assert len(oblasts) == 83 + 6
    assert {code.group for code in oblasts} == districts | {"UA_OCCUPIED"}
    for value, district in {
        "77": "CENTRAL",
        "78": "NORTHWEST",
        "23": "SOUTH",
        "20": "N_CAUCASUS",
        "16": "VOLGA",
        "66": "URAL",
        "54": "SIBERIA",
        "03": "FAR_EAST",
        "75": "FAR_EAST",
        "82": "UA_OCCUPIED",
    }.items():
        assert region.group_of(value) == district


def test_a_row_may_know_the_district_only() -> None:
    region = vocabulary().field("region")
    assert region.group_of("SIBERIA") == "SIBERIA"


def test_case_file_and_never_collected_are_said() -> None:
    words = vocabulary()
    assert len(words.case_file_only) == 10
    assert {code.tier for code in words.case_file_only} == {"S2"}
    assert len(words.never_collected) == 8
    assert {code.tier for code in words.never_collected} == {"S3"}


def test_an_unknown_code_is_refused_and_not_repeated() -> None:
    acts = vocabulary().field("acts")
    assert acts.code("ROB").label("en") == "robbery"
    with pytest.raises(VocabularyError, match=r"^acts: expected one of 23 codes") as refused:
        acts.code("what the person wrote")
    assert "wrote" not in str(refused.value)


def test_an_unknown_field_or_language_is_refused() -> None:
    with pytest.raises(VocabularyError, match="expected the name of a field"):
        vocabulary().field("name")
    with pytest.raises(VocabularyError, match="expected language ru or en"):
        vocabulary().field("acts").label("de")


@pytest.mark.parametrize("period", ["2024-H1", "2024-H2", "2024", "UNK", "1991"])
def test_half_years_are_read(period: str) -> None:
    assert checked_period("half-year", period, name="when") == period


@pytest.mark.parametrize(
    "period", ["", "2024-H3", "2024-h1", "2024-Q1", "24-H1", "2024-H1\n", "２０２４", "1024", "unk"]
)
def test_other_half_years_are_refused(period: str) -> None:
    with pytest.raises(VocabularyError, match=r"^when: expected a half-year"):
        checked_period("half-year", period, name="when")


@pytest.mark.parametrize(
    ("period", "good"), [("2024-Q1", True), ("2024-Q5", False), ("UNK", False)]
)
def test_quarters_are_read_strictly(period: str, good: bool) -> None:
    if good:
        assert checked_period("quarter", period, name="when") == period
    else:
        with pytest.raises(VocabularyError, match=r"^when: expected a quarter"):
            checked_period("quarter", period, name="when")


def test_a_misspelt_key_in_the_data_is_refused() -> None:
    good = {"en": "one", "ru": "один"}
    assert read_code("ONE", good, at="test").label("ru") == "один"
    with pytest.raises(VocabularyError, match="unknown keys"):
        read_code("ONE", good | {"gruop": "X"}, at="test")
    with pytest.raises(VocabularyError, match="expected labels"):
        read_code("ONE", {"en": "one"}, at="test")
    with pytest.raises(VocabularyError, match="defined in one language only"):
        read_code("ONE", good | {"en_def": "…"}, at="test")


def test_a_key_written_twice_in_the_data_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import safelight.vocabulary.reading as reading

    class Once:
        def joinpath(self, _: str) -> Once:
            return self

        def read_text(self, _: str) -> str:
            return "a: 1\nb:\n  c: 1\n  c: 2\n"

    assert set(read_data("lists")) > {"setting"}
    monkeypatch.setattr(reading, "files", lambda _: Once())
    with pytest.raises(VocabularyError, match="line 3: expected each key once"):
        reading.read_data("lists")
