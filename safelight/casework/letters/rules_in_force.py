"""Which signed rules hold at this desk: the newest that any desk of the team took in.

The statement stands in the journal, so every desk of the team has it, and an older one cannot
come back. It is verified anew each time it is read, against the root key this desk was started
with: a colleague's desk may have taken in anything.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from safelight.casework.letters import kinds
from safelight.casework.letters.policy import (
    UNSIGNED,
    LettersPolicy,
    PolicyError,
    verified_policy,
)
from safelight.casework.team.models import AcceptedStatement
from safelight.journal.chain import append, told
from safelight.sealing.public_key import PublicKeyError
from safelight.sealing.root_key import parse_root

# The WSGI environment's key for the root key's public half; set by `safelight desk run`.
ENVIRON_ROOT: Final = "safelight.root"
_LARGEST_STATEMENT: Final = 80 * 1024


@dataclass(frozen=True, slots=True)
class Rules:
    """`is_signed`: by the root key; else our own strict ones, which name nobody."""

    policy: LettersPolicy
    is_signed: bool


def root_of(request: HttpRequest) -> Ed25519PublicKey | None:
    """The root key this desk knows: it was started with it, or accepted a team by it."""
    text = str(request.META.get(ENVIRON_ROOT) or "")
    if not text:
        accepted = AcceptedStatement.objects.order_by("-version").first()
        text = accepted.root if accepted is not None else ""
    try:
        return parse_root(text) if text else None
    except PublicKeyError:
        return None


def rules_in_force(root: Ed25519PublicKey | None) -> Rules:
    """Return the signed rules with the highest version, or our own."""
    found = list(_verified(root)) if root is not None else []
    if not found:
        return Rules(UNSIGNED, is_signed=False)
    return Rules(max(found, key=lambda policy: policy.version), is_signed=True)


def _verified(root: Ed25519PublicKey) -> list[LettersPolicy]:
    policies = []
    for one in told(kinds.RULES_SUBJECT):
        if one.entry.kind != kinds.RULES or one.content is None:
            continue
        try:
            signed = base64.b64decode(str(one.content.get("statement", "")), validate=True)
            policies.append(verified_policy(signed, root=root))
        except (PolicyError, binascii.Error, ValueError):
            continue  # of another root key, or nonsense; the journal says which desk took it in
    return policies


def take_in_rules(untrusted: bytes, *, root: Ed25519PublicKey | None) -> LettersPolicy:
    """Take signed rules in, for all desks of the team. Raises `PolicyError`."""
    if root is None:
        raise PolicyError(
            _("this desk knows no root key to verify the rules with; start it with --root")
        )
    if len(untrusted) > _LARGEST_STATEMENT:
        raise PolicyError(_("expected a file of signed rules for letters; this one is much larger"))
    policy = verified_policy(untrusted, root=root)
    with transaction.atomic():
        now = rules_in_force(root)
        if now.is_signed and policy.version <= now.policy.version:
            raise PolicyError(
                _("rules %(known)d are known here already; expected a higher version")
                % {"known": now.policy.version}
            )
        statement = base64.b64encode(untrusted).decode("ascii")
        append(
            kinds.RULES,
            {"version": policy.version},
            subject=kinds.RULES_SUBJECT,
            content={"statement": statement},
        )
    return policy
