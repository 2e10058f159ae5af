"""…/piece/<digest>/<number> of commits and welcomes; /stash/<id> …, all of it in pieces."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from safelight.circles import sending_pieces, stashes
from safelight.circles.addresses import LARGEST_COMMIT, LARGEST_STASH, LARGEST_WELCOME, PIECE
from safelight.circles.asking import (
    STATUS,
    answer,
    body_of,
    check_method,
    number,
    sealed_answer,
    shown,
    shown_or_none,
)
from safelight.circles.parcels import PieceOf, piece_length
from safelight.intake import day
from safelight.intake.depositing import paid_work
from safelight.intake.refusal import RefusedError


def commit_piece(request: HttpRequest, circle_id: str, sha256: str, part: str) -> HttpResponse:
    """One piece of a commit, by a key of the epoch that it would end."""
    check_method(request, "POST")
    key, keeper_key = shown(request, "Key"), shown_or_none(request, "Keeper-Key")
    kept = sending_pieces.put_commit_piece(
        bytes.fromhex(circle_id),
        _piece(request, sha256, part, most=LARGEST_COMMIT),
        key=key,
        keeper_key=keeper_key,
        day=day.today(),
    )
    return answer({"kept": kept.value}, STATUS[kept])


def welcome_piece(request: HttpRequest, landing_id: str, sha256: str, part: str) -> HttpResponse:
    """One piece of a welcome, by the giver's key."""
    check_method(request, "POST")
    key = shown(request, "Key")
    kept = sending_pieces.put_welcome_piece(
        bytes.fromhex(landing_id),
        _piece(request, sha256, part, most=LARGEST_WELCOME),
        giver_key=key,
        day=day.today(),
    )
    return answer({"kept": kept.value}, STATUS[kept])


def _piece(request: HttpRequest, sha256: str, part: str, *, most: int) -> PieceOf:
    size = _size(request, most=most)
    length = piece_length(size, int(part))
    if length == 0:
        raise _wrong_size(f"a piece of 1 to {most} bytes")
    sealed = body_of(request, most=PIECE, exactly=length)
    return PieceOf(sha256, size, int(part), sealed)


def _size(request: HttpRequest, *, most: int) -> int:
    size = number(request.META.get("HTTP_SAFELIGHT_SIZE", ""), "a Safelight-Size header")
    if not 1 <= size <= most:
        raise _wrong_size(f"1 to {most} bytes in all")
    return size


def stash(request: HttpRequest, stash_id: str) -> HttpResponse:
    """Begin one, for work by its length."""
    check_method(request, "POST")
    verifier, sha256 = shown(request, "Verifier"), shown(request, "Digest")
    size = _size(request, most=LARGEST_STASH)
    paid_work(request, size)
    kept = stashes.begin(
        bytes.fromhex(stash_id), verifier=verifier, sha256=sha256.hex(), size=size, day=day.today()
    )
    return answer({"kept": kept.value}, STATUS[kept])


def stash_piece(request: HttpRequest, stash_id: str, part: str) -> HttpResponse:
    """POST leaves a piece, by the key of the words; GET fetches one, by the taker's."""
    at = bytes.fromhex(stash_id)
    if request.method == "GET":
        key = shown(request, "Key")
        return sealed_answer(stashes.piece(at, int(part), key=key, day=day.today()))
    check_method(request, "POST")
    key = shown(request, "Key")
    sealed = body_of(request, most=PIECE)
    kept = stashes.put_piece(at, int(part), sealed, key=key, day=day.today())
    return answer({"kept": kept.value}, STATUS[kept])


def stash_whole(request: HttpRequest, stash_id: str) -> HttpResponse:
    """All pieces were sent."""
    check_method(request, "POST")
    kept = stashes.end(bytes.fromhex(stash_id), key=shown(request, "Key"), day=day.today())
    return answer({"kept": kept.value}, STATUS[kept])


def take_stash(request: HttpRequest, stash_id: str, claim_id: str) -> HttpResponse:
    """Move it to an address that only the taker knows, before a byte of it is given."""
    check_method(request, "POST")
    taken = stashes.take(
        bytes.fromhex(stash_id),
        key=shown(request, "Key"),
        claim_id=bytes.fromhex(claim_id),
        claim=shown(request, "Verifier"),
        day=day.today(),
    )
    return answer({"size": taken.size, "sha256": taken.sha256})


def drop_stash(request: HttpRequest, stash_id: str) -> HttpResponse:
    """The taker has it, or whoever left it wants it back."""
    check_method(request, "POST")
    stashes.drop(bytes.fromhex(stash_id), key=shown(request, "Key"))
    return answer({"dropped": True})


def _wrong_size(expected: str) -> RefusedError:
    return RefusedError(
        400,
        "wrong-size",
        expected=expected,
        got="another length or number",
        next_step="send what the specification says",
    )
