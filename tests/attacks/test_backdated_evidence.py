"""Threat: backdated-evidence: somebody with the desk's key rewrites a bundle later, or brings a
timestamp by an authority that was not entitled to give one; the earlier timestamps contradict.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from safelight.evidence.bundles.custody import CustodyEvent, CustodyWriter, SignedEntry, log_lines
from safelight.evidence.bundles.tree import tree_head
from safelight.evidence.problems import CertificateExpired, TimestampError
from tests.support.evidence_bundles import DESK, Bench, remake_manifests, sign_again
from tests.support.timestamp_authority import LocalAuthority

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


def _both(bench: Bench, bag: Path, *, at: datetime | None = None) -> set[str]:
    """What both programs find; they must agree."""
    found = bench.python_faults(bag, at=at)
    assert bench.script_faults(bag, at=at) == found
    return found


def _rewritten(bag: Path, *, leave_out: int) -> None:
    """What the holder of the key can do: a log that verifies by itself, without one line."""
    entries = [
        SignedEntry.parse(one).entry for one in log_lines((bag / "custody.log").read_bytes())
    ]
    kept = log_lines((bag / "custody.log").read_bytes())[:leave_out]
    writer = CustodyWriter(DESK, entries[0].bag, lines=kept)
    for entry in entries[leave_out + 1 :]:
        writer.add(
            entry.event,
            at=entry.time,
            item=entry.item,
            path=entry.path,
            digest=entry.digest,
            sealed=entry.sealed,
            origin=entry.origin,
            asked=entry.asked,
        )
    (bag / "custody.log").write_bytes(writer.to_bytes())
    (bag / "custody-tree.txt").write_bytes(tree_head(writer.lines))
    remake_manifests(bag)
    sign_again(bag, DESK)


def test_a_log_rewritten_with_the_key_is_not_the_one_that_was_stamped(
    bench: Bench, tmp_path: Path
) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    assert _both(bench, bag) == set()
    _rewritten(bag, leave_out=1)
    # The item that the line was about is now a file too many; the rest is as the key signs it.
    assert _both(bench, bag) >= {
        "timestamp-swapped seals/1/first.tsr",
        "timestamp-swapped seals/1/second.tsr",
    }


def test_a_rewritten_beginning_is_named_though_the_end_was_stamped_anew(
    bench: Bench, tmp_path: Path
) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    bench.noted(bag)
    assert _both(bench, bag) == set()
    entries = [
        SignedEntry.parse(one).entry for one in log_lines((bag / "custody.log").read_bytes())
    ]
    handed_over = next(n for n, one in enumerate(entries) if one.event is CustodyEvent.HANDED_OVER)
    earlier = bench.copy(bag, tmp_path / "earlier")
    _rewritten(earlier, leave_out=4)
    assert "log-rewritten seals/1/tagmanifest-sha256.txt" in _both(bench, earlier)
    # The latest line can be left out by who has the key, but not under the same timestamp.
    _rewritten(bag, leave_out=handed_over)
    assert _both(bench, bag) == {
        "timestamp-swapped seals/2/first.tsr",
        "timestamp-swapped seals/2/second.tsr",
    }


def test_an_authority_whose_certificate_has_ended_is_refused_and_named(
    bench: Bench, tmp_path: Path
) -> None:
    ended = LocalAuthority.made(tmp_path / "ended", "first", until=datetime.now(tz=UTC) - DAY)
    sources = bench.sources(tmp_path / "files")
    with pytest.raises(CertificateExpired, match="ask another authority"):
        bench.bundle(tmp_path / "refused", sources, authorities=[ended])
    assert not (tmp_path / "refused").exists()
    bag = bench.copy(bench.one, tmp_path / "bag")
    request = (bag / "seals/1/first.tsq").read_bytes()
    (bag / "seals/1/first.tsr").write_bytes(ended.reply(request))
    there = Bench(tmp_path)
    there.__dict__["roots"] = bench.roots + ended.roots
    assert _both(there, bag) == {"certificate-expired seals/1/first.tsr"}


def test_a_certificate_that_ends_later_is_named_unless_a_later_timestamp_covers_it(
    bench: Bench, tmp_path: Path
) -> None:
    soon = LocalAuthority.made(tmp_path / "soon", "soon", until=datetime.now(tz=UTC) + DAY)
    there = Bench(tmp_path)
    there.__dict__["roots"] = bench.first.roots + soon.roots
    sources = bench.sources(tmp_path / "files")
    bag = bench.bundle(tmp_path / "bag", sources, authorities=[soon]).folder
    later = datetime.now(tz=UTC) + 30 * DAY
    assert _both(there, bag) == set()
    assert _both(there, bag, at=later) == {"certificate-expired seals/1/soon.tsr"}
    bench.noted(bag, bench.first)
    assert _both(there, bag, at=later) == set()


def test_a_certificate_that_is_not_for_timestamps_stamps_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    request = (bag / "seals/1/first.tsq").read_bytes()
    stranger = LocalAuthority.made(tmp_path / "stranger", "first")
    (bag / "seals/1/first.tsr").write_bytes(stranger.reply(request))
    assert _both(bench, bag) == {"timestamp-bad seals/1/first.tsr"}
    with pytest.raises(TimestampError, match="not signed under these roots"):
        bench.bundle(
            tmp_path / "refused", bench.sources(tmp_path / "files"), authorities=[_Impostor(bench)]
        )


class _Impostor(LocalAuthority):
    """Trusted for the first authority's root, answers with a certificate of its own."""

    def __init__(self, bench: Bench) -> None:
        made = LocalAuthority.made(bench.folder / "impostor", "impostor")
        super().__init__("impostor", made.folder, bench.first.roots)
