"""The pocket form: one offline HTML file that seals a report for any channel.

    template (safelight/intake/pocket/form.html, made by `npm run build` in browser/)
      + root key, signed roster, question sets      →   the file that people keep

No day and no chance go into it: the same release, roster and root give the same bytes
everywhere, so that anybody can build it again and compare (docs/spec/pocket-form.md).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.errors import SafelightError
from safelight.intake.pocket.questions import question_sets_as_data
from safelight.sealing.roster import Roster, RosterError, fingerprint, signed_roster
from safelight.sealing.statement import (
    LARGEST_STATEMENT,
    StatementError,
    key_id,
    sign_statement,
    verified_payload,
)
from safelight.sealing.strict_json import parse_object

# A form people can send over a bad network, keep on an old phone and open from there.
LARGEST_POCKET_FORM: Final = 150_000
STATEMENT_TYPE: Final = "application/vnd.safelight.pocket-form+json"

_DATA: Final = b"@@SAFELIGHT-DATA@@"


class PocketFormError(SafelightError):
    """A pocket form that cannot be built, or is not what this release would build."""


@dataclass(frozen=True, slots=True)
class PocketForm:
    """A pocket form with what can be told about it. `digest` is SHA-256, hex."""

    content: bytes
    digest: str
    roster: Roster
    root_fingerprint: str


def build_pocket_form(untrusted_roster: bytes, root: Ed25519PublicKey) -> PocketForm:
    """Put the roster into the committed template; raises `RosterError`, `PocketFormError`.

    Whether the roster can be used today is not asked here: the form itself says so to whoever
    opens it, on the day they do.
    """
    roster = signed_roster(untrusted_roster, root=root)
    data = {
        "root": root.public_bytes_raw().hex(),
        "roster": _only_signed(untrusted_roster, root),
        "forms": question_sets_as_data(),
    }
    encoded = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # No byte of it may end the script element it stands in.
    before, after = _template()
    content = before + encoded.replace("<", "\\u003c").encode() + after
    if len(content) > LARGEST_POCKET_FORM:
        raise PocketFormError(
            f"the form would have {len(content)} bytes, at most {LARGEST_POCKET_FORM}; "
            "sign a roster with fewer desks for it"
        )
    digest = hashlib.sha256(content).hexdigest()
    return PocketForm(content, digest, roster, fingerprint(root))


def verified_pocket_form(untrusted: bytes, root: Ed25519PublicKey) -> PocketForm:
    """Build the form anew from the roster inside `untrusted`, and compare byte for byte.

    Raises `PocketFormError` for every difference, also one that a person would not see, and
    `RosterError` when the roster inside is not signed by `root`.
    """
    before, after = _template()
    if (
        len(untrusted) > LARGEST_POCKET_FORM
        or not untrusted.startswith(before)
        or not untrusted.endswith(after)
        or len(untrusted) < len(before) + len(after)
    ):
        raise PocketFormError(
            "this is not the pocket form of this release: its text or its script differs. "
            "Do not use it; or verify it with the release it was built with"
        )
    found = _data_of(untrusted[len(before) : len(untrusted) - len(after)])
    built = build_pocket_form(found.encode("utf-8"), root)
    if built.content != untrusted:
        raise PocketFormError(
            "the data inside differs from what this release builds for that roster and root key: "
            "another root key, or changed questions. Do not use it"
        )
    return built


def signed_statement(form: PocketForm, root_private: Ed25519PrivateKey) -> bytes:
    """Return a statement by the root key that this very file is the pocket form."""
    payload = {
        "sha256": form.digest,
        "size": len(form.content),
        "roster": form.roster.version,
        "last_day": form.roster.expires.isoformat(),
    }
    encoded = json.dumps(payload, separators=(",", ":")).encode("ascii")
    return sign_statement(encoded, STATEMENT_TYPE, root_private)


def check_statement(untrusted: bytes, untrusted_form: bytes, root: Ed25519PublicKey) -> None:
    """Raise `PocketFormError` unless the root key signed a statement about exactly these bytes."""
    try:
        stated = parse_object(
            verified_payload(untrusted, STATEMENT_TYPE, root), largest=LARGEST_POCKET_FORM
        )
    except (StatementError, ValueError) as reason:
        raise PocketFormError(f"the statement beside the form: {reason}") from None
    if stated.get("sha256") != hashlib.sha256(untrusted_form).hexdigest():
        raise PocketFormError(
            "the statement is about another file: this one was changed after it was signed, or "
            "the two do not belong together. Do not use it"
        )


def _only_signed(untrusted_roster: bytes, root: Ed25519PublicKey) -> str:
    """Return the signed roster with the root's signature and nothing else beside it.

    Names of keys and further signatures are not signed themselves: with them left in, one
    roster would make many forms that all verify.
    """
    statement = parse_object(untrusted_roster, largest=LARGEST_STATEMENT)
    for signature in statement["signatures"]:
        alone = {
            "payloadType": statement["payloadType"],
            "payload": statement["payload"],
            "signatures": [{"keyid": key_id(root), "sig": signature["sig"]}],
        }
        text = json.dumps(alone, separators=(",", ":"))
        try:
            signed_roster(text.encode("ascii"), root=root)
        except RosterError:
            continue
        return text
    raise RosterError("no signature of the roster is the root's alone; sign it anew")


@cache
def _template() -> tuple[bytes, bytes]:
    template = files("safelight.intake").joinpath("pocket", "form.html").read_bytes()
    before, data, after = template.partition(_DATA)
    if not data or _DATA in after:
        raise PocketFormError("the template has no place for the data; run `npm run build` again")
    return before, after


def _data_of(untrusted: bytes) -> str:
    try:
        found: dict[str, Any] = parse_object(untrusted, largest=LARGEST_POCKET_FORM)
    except ValueError:
        raise PocketFormError("the data inside cannot be read; do not use this form") from None
    roster = found.get("roster")
    if not isinstance(roster, str):
        raise RosterError("the form holds no roster")
    return roster
