"""The simulated country: the same for a seed, and true to what it claims to teach."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from safelight.demo.assumptions import Assumptions, assumptions
from safelight.demo.country import Country, simulate_country
from safelight.demo.facts import ALL_LISTS, OWN
from safelight.demo.organisations import KeptList, keep_lists
from safelight.demo.telling import Telling, tell
from safelight.demo.truth import truth_bytes, years_of_truth
from safelight.vocabulary.schema import vocabulary


@pytest.fixture(scope="module")
def assume() -> Assumptions:
    return assumptions()


@pytest.fixture(scope="module")
def country(assume: Assumptions) -> Country:
    return simulate_country(20, "full", assume)


@pytest.fixture(scope="module")
def lists(country: Country, assume: Assumptions) -> tuple[KeptList, ...]:
    return keep_lists(country, assume)


@pytest.fixture(scope="module")
def tellings(country: Country, assume: Assumptions) -> tuple[Telling, ...]:
    return tell(country, assume)


def _truth(seed: int, assume: Assumptions) -> bytes:
    country = simulate_country(seed, "small", assume)
    return truth_bytes(country, keep_lists(country, assume), tell(country, assume))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_gives_others(
    assume: Assumptions,
) -> None:
    assert _truth(7, assume) == _truth(7, assume)
    assert _truth(7, assume) != _truth(8, assume)


def test_a_change_in_what_people_tell_does_not_change_what_happened(assume: Assumptions) -> None:
    quiet = replace(assume, lists={name: replace(h, base=-20) for name, h in assume.lists.items()})
    loud_country = simulate_country(3, "small", assume)
    quiet_country = simulate_country(3, "small", quiet)
    assert [(i.on, i.kind, i.acts) for i in quiet_country.incidents] == [
        (i.on, i.kind, i.acts) for i in loud_country.incidents
    ]
    assert sum(OWN in i.on_lists for i in quiet_country.incidents) == 0
    assert sum(OWN in i.on_lists for i in loud_country.incidents) > 0


def test_the_small_country_has_about_ninety_own_reports(assume: Assumptions) -> None:
    for seed in range(5):
        country = simulate_country(seed, "small", assume)
        assert len(country.incidents) == 409
        assert 75 <= len(tell(country, assume)) <= 125


def test_every_code_the_country_uses_is_a_code_of_the_vocabulary(
    lists: tuple[KeptList, ...], tellings: tuple[Telling, ...], country: Country
) -> None:
    words = vocabulary()
    codes = [record.codes for kept in lists for record in kept.records]
    codes += [telling.codes for telling in tellings]
    seen: dict[str, set[str]] = {}
    for mapping in codes:
        for field, values in mapping.items():
            seen.setdefault(field, set()).update(values)
    for field, values in seen.items():
        if field in ("occurred_period", "received_period", "fatal"):
            continue
        known = words.field("region" if field in ("district", "oblast") else field)
        assert values <= set(known.values), field
    for incident in country.incidents:
        for step in incident.funnel:
            words.stage(step.stage).code(step.code)
        if incident.smear:
            for technique in incident.smear.technique:
                words.field("technique").code(technique)
            words.field("employer_action").code(incident.smear.employer_action)


def test_an_oblast_lies_in_its_district(country: Country) -> None:
    region = vocabulary().field("region")
    assert all(region.group_of(i.oblast) == i.district for i in country.incidents)


def test_those_who_hardly_ever_report_are_found_less_on_every_list_people_come_to(
    country: Country,
) -> None:
    for name in (OWN, "helpline", "legalaid"):
        share = {
            hidden: _share(
                name in i.on_lists
                for i in country.incidents
                if country.people[i.people[0]].hardly_ever_reports == hidden
            )
            for hidden in (False, True)
        }
        assert share[True] < share[False] / 2, name


def test_lists_depend_on_each_other(country: Country) -> None:
    on_helpline = [i for i in country.incidents if "helpline" in i.on_lists]
    elsewhere = [i for i in country.incidents if "helpline" not in i.on_lists]
    assert _share("legalaid" in i.on_lists for i in on_helpline) > 2 * _share(
        "legalaid" in i.on_lists for i in elsewhere
    )


def test_every_list_is_a_lower_bound_and_their_sum_is_not_a_count(
    country: Country, lists: tuple[KeptList, ...], tellings: tuple[Telling, ...]
) -> None:
    total_listed = 0
    for year in years_of_truth(country, lists, tellings):
        assert all(year.on_list[name] < year.happened for name in ALL_LISTS)
        assert year.on_no_list > 0
        total_listed += sum(year.on_list.values())
    on_any = sum(bool(i.on_lists) for i in country.incidents)
    assert total_listed > 1.2 * on_any  # adding lists counts incidents twice


def test_lists_have_duplicates_and_mistakes_about_as_often_as_assumed(
    lists: tuple[KeptList, ...], assume: Assumptions
) -> None:
    for kept in lists:
        mistakes = Counter(m for record in kept.records for m in record.mistakes)
        first_time = [r for r in kept.records if "duplicate" not in r.mistakes]
        assert len({r.incident for r in first_time}) == len(first_time)
        expected = assume.errors[kept.organisation]["duplicate"]
        assert mistakes["duplicate"] / len(first_time) == pytest.approx(expected, abs=0.05)
        assert mistakes["setting_missing"] > 0


def test_the_police_list_loses_most_bias_grounds(lists: tuple[KeptList, ...]) -> None:
    police = next(kept for kept in lists if kept.organisation == "police")
    assert _share(not record.codes["bias_ground"] for record in police.records) > 0.6


def test_names_stay_out_of_the_codes(lists: tuple[KeptList, ...]) -> None:
    for kept in lists:
        for record in kept.records:
            assert record.name
            assert record.name not in {v for values in record.codes.values() for v in values}


def test_the_channel_claims_more_dismissals_than_it_named_teachers(country: Country) -> None:
    campaign = country.campaign
    smears = [country.incidents[number] for number in campaign.incidents]
    assert all(incident.smear and "SMR" in incident.acts for incident in smears)
    verified = sum(
        incident.smear.employer_action == "DISMISSED" for incident in smears if incident.smear
    )
    assert campaign.true_dismissals == verified
    assert campaign.claimed_dismissals > len(smears) > campaign.true_dismissals > 0


def test_who_does_not_go_to_the_police_has_a_reason_and_no_later_stage(country: Country) -> None:
    silent = [i for i in country.incidents if not i.police.tells]
    assert len(silent) > len(country.incidents) / 2
    assert all(i.police.reason_not and len(i.funnel) == 1 for i in silent)
    assert all(i.police.reason_not is None for i in country.incidents if i.police.tells)


def test_what_lies_after_the_last_day_is_pending_and_not_known(country: Country) -> None:
    later = [i for i in country.incidents if i.funnel[-1].on > country.as_of]
    assert later
    for incident in later:
        known = incident.known_funnel(country.as_of)
        assert len(known) < len(incident.funnel)
        assert all(step.on <= country.as_of for step in known)


def test_every_narrative_says_that_it_is_made_up(tellings: tuple[Telling, ...]) -> None:
    written = [telling.narrative for telling in tellings if telling.narrative]
    assert len(written) > 0.8 * len(tellings)
    assert all(text.startswith(("[Вымышленное", "[Made-up")) for text in written)


def test_some_incidents_have_two_victims_and_some_victims_two_incidents(country: Country) -> None:
    assert sum(len(i.people) == 2 for i in country.incidents) > 0.03 * len(country.incidents)
    times_hurt = Counter(person for i in country.incidents for person in i.people)
    assert max(times_hurt.values()) > 1


def _share(flags: object) -> float:
    values = list(flags)  # type: ignore[call-overload]
    return sum(values) / len(values)
