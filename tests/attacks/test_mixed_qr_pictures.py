"""Threat: mixed-qr-pictures: Pictures of two reports are mixed, or somebody slips in frames under
another file's name; no file is ever put together from two, and a forgery keeps no true one out.
"""

from __future__ import annotations

import random

from safelight.casework.qr_frames import Frames, Unfinished
from tests.support.pocket_forms import deposit_of, frames_of

ONE, TWO = deposit_of(b"one").to_bytes(), deposit_of(b"two").to_bytes()


def test_two_reports_mixed_come_apart_again() -> None:
    texts = frames_of(ONE) + frames_of(TWO)
    random.Random(3).shuffle(texts)
    frames = Frames()
    for text in texts:
        assert frames.add(text)
    assert sorted(frames.whole_files()) == sorted([ONE, TWO])
    assert frames.unfinished() == ()


def test_a_frame_of_another_file_fills_no_gap() -> None:
    frames, names = Frames(), [frames_of(file)[0].split("/")[1] for file in (ONE, TWO)]
    for text in frames_of(ONE)[:-1] + frames_of(TWO)[-1:]:
        frames.add(text)
    total = len(frames_of(ONE))
    assert list(frames.whole_files()) == []
    assert set(frames.unfinished()) == {
        Unfinished(names[0], total, (total,)),
        Unfinished(names[1], total, tuple(range(1, total))),
    }


def test_forged_frames_under_a_true_name_do_not_keep_the_report_out() -> None:
    frames = Frames()
    name = frames_of(ONE)[0].split("/")[1]
    for text in frames_of(TWO, name=name)[:5]:
        assert frames.add(text)
    for text in frames_of(ONE):
        frames.add(text)
    assert list(frames.whole_files()) == [ONE]


def test_a_whole_forged_row_under_a_true_name_is_not_taken_for_it() -> None:
    frames = Frames()
    for text in frames_of(TWO, name=frames_of(ONE)[0].split("/")[1]):
        frames.add(text)
    assert list(frames.whole_files()) == []
    assert len(frames.unfinished()) == 1


def test_a_thousand_names_do_not_fill_the_memory() -> None:
    frames = Frames()
    for number in range(3000):
        [text] = frames_of(b"x", name=f"{number:016X}")
        frames.add(text)
    assert len(frames.unfinished()) == 1000
