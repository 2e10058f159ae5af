"""Threat: evidence-of-another-case: a colleague's desk names a file of another case in its entry,
so that it opens without that case's purpose, enters a bundle, or is removed.

The journal of a team says the names of all files; what a colleague's desk writes is not what ours
would have written.
"""

from __future__ import annotations

from typing import Any

from tests.campaigns.case_evidence.test_evidence_of_a_case import added, alarm, bundled
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]
PAGE = b"<p>of the other case</p>"


def named(item: Any, **other: Any) -> dict[str, Any]:
    """What an entry says of a file."""
    said = {"item": item.item, "role": "file", "name": item.name, "type": item.media_type}
    return said | {"size": item.size, "digest": item.digest} | other


def test_a_file_of_another_case_is_no_file_of_this_one(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.casework.cases import decide

    mine, other = desk.take_in(alarm(), alarm(story="Другая история."))
    own, foreign = added(desk, mine, b"<p>mine</p>"), added(desk, other, PAGE)
    decide(mine, kinds.ADDED, named(foreign))

    assert [one.item for one in standing(mine)[1].files] == [own.item]
    assert desk.client.post(f"/cases/{mine}/evidence/save/{foreign.item}").status_code == 404
    assert desk.client.get(f"/cases/{mine}/evidence/look/{foreign.item}").status_code == 404
    bundle = {"items": [own.item, foreign.item]}
    assert desk.client.post(f"/cases/{mine}/evidence/bundle", bundle).status_code == 422
    assert [one.item for one in standing(other)[1].files] == [foreign.item]


def test_a_bundle_sealed_again_removes_no_file_of_another_case(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.keeping import drop, here
    from safelight.casework.cases import decide

    mine, other = desk.take_in(alarm(), alarm(story="Другая история."))
    own, foreign = added(desk, mine, b"<p>mine</p>"), added(desk, other, PAGE)
    bundle = bundled(desk, mine, own.item)
    said = {"bundle": "b0", "bag": bundle.bag, "fingerprint": bundle.fingerprint, "of": []}
    said |= {"stamps": [], "gaps": [], "event": "sealed", "seals": 1, "file": named(foreign)}
    decide(mine, kinds.BUNDLED, said)

    assert [one.bundle for one in standing(mine)[1].bundles] == [bundle.bundle]
    drop(mine, foreign.item)
    assert here([foreign.item])
    drop(other, foreign.item)
    assert not here([foreign.item])


def test_an_item_that_is_named_twice_is_there_once_and_can_still_be_bundled(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.casework.cases import decide

    [mine] = desk.take_in(alarm())
    own = added(desk, mine, b"<p>mine</p>")
    decide(mine, kinds.ADDED, named(own, name="another name", digest="0" * 64))

    assert standing(mine)[1].files == (own,)
    assert bundled(desk, mine, own.item).of == (own.digest,)
