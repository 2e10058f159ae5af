"""The places a desk refers to: lawyers, psychologists, shelters. The team's own data.

Each place is a subject of the journal, so that the desks of a team share one directory; its
words are sealed under its own content key and go with it. The same three texts as in the
signed list of helpers (`sealing.help_list`): name, what they do, how to reach them.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.followup import kinds, rules
from safelight.casework.followup.deciding import checked_words
from safelight.casework.followup.models import Place
from safelight.casework.followup.rules import FollowUpError
from safelight.casework.followup.tables import PLACE_SUBJECT, last_words, project_place
from safelight.journal.chain import append, told
from safelight.journal.content import UnreadableContentError, opened_content
from safelight.journal.content_keys import keys_of
from safelight.journal.models import SealedContent
from safelight.sealing.help_list import HelpList
from safelight.sealing.recipients import RecipientError, parse_recipient
from safelight.vocabulary.strict_yaml import strict_yaml

MOST_PLACES: Final = 500
LARGEST_LIST: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """One place. `recipient`: what a file for it is sealed to, `age1…`, or ""."""

    place_id: str
    helper: str
    name: str
    what: str
    how: str
    recipient: str


def enter(
    *, helper: str, name: str, what: str, how: str, recipient: str, place_id: str = ""
) -> str:
    """Enter a place, or change it; return its id. Raises `FollowUpError`."""
    content = {
        "helper": rules.checked("helpers", helper),
        "name": checked_words(name, at_least=1),
        "what": checked_words(what),
        "how": checked_words(how),
        "recipient": checked_recipient(recipient),
    }
    with transaction.atomic():
        if place_id:
            one_place(place_id)
        elif Place.objects.filter(removed=False).count() >= MOST_PLACES:
            raise FollowUpError(
                _("the directory has %(most)s places; remove one first") % {"most": MOST_PLACES}
            )
        place_id = place_id or PLACE_SUBJECT + secrets.token_hex(8)
        append(kinds.PLACE_ENTERED, {}, subject=place_id, content=content)
        project_place(place_id)
    return place_id


def remove(place_id: str) -> None:
    """Take a place out of the directory; referrals keep its name."""
    with transaction.atomic():
        one_place(place_id)
        append(kinds.PLACE_REMOVED, {}, subject=place_id)
        project_place(place_id)


def put_back(place_id: str) -> None:
    """Undo a removal: the place is as it was."""
    with transaction.atomic():
        last = last_words(told(place_id))
        if last is None or Place.objects.filter(place_id=place_id, removed=False).exists():
            raise FollowUpError(_("this place was not removed; reload the page"))
        append(kinds.PLACE_ENTERED, {}, subject=place_id, content=last.content)
        project_place(place_id)


def checked_recipient(untrusted: str) -> str:
    """Return a recipient as it is kept, or "" for none; raises `FollowUpError`."""
    text = "".join(untrusted.split())
    if not text:
        return ""
    try:
        return parse_recipient(text).encode()
    except RecipientError as reason:
        raise FollowUpError(
            _("this is no recipient to seal to: %(reason)s") % {"reason": reason}
        ) from None


def take_over(listed: HelpList, language: str, helper: str) -> int:
    """Enter the helpers of a list that are not here yet, by their names; return how many."""
    known = {place.name for place in places()}
    new = [
        one
        for region in listed.regions
        for one in region.helpers
        if one.name.in_language(language) not in known
    ]
    for one in new:
        enter(
            helper=helper,
            name=one.name.in_language(language),
            what=one.what.in_language(language),
            how=one.how.in_language(language),
            recipient="",
        )
    return len(new)


def places(*, removed: bool = False) -> list[KnownPlace]:
    """Every place of the directory, or those that were removed, by kind and name."""
    order = list(rules.codes("helpers"))
    found = _opened(Place.objects.filter(removed=removed))
    return sorted(found, key=lambda place: (order.index(place.helper), place.name.casefold()))


def one_place(place_id: str) -> KnownPlace:
    """Return a place, or raise `FollowUpError`."""
    found = _opened(Place.objects.filter(place_id=place_id, removed=False))
    if not found:
        raise FollowUpError(_("this place is not in the directory any more; choose another"))
    return found[0]


def _opened(rows: Iterable[Place]) -> list[KnownPlace]:
    wanted = {row.content: row.place_id for row in rows}
    keys = {key.subject: key for key in keys_of(wanted.values())}
    sealed = SealedContent.objects.filter(digest__in=list(wanted))
    found = []
    for digest, stored in sealed.values_list("digest", "sealed"):
        key = keys.get(wanted[digest])
        if key is not None:
            # A place whose words another version wrote is left out, not the whole directory.
            with suppress(UnreadableContentError, KeyError):
                said = opened_content(bytes(stored), key, kind=kinds.PLACE_ENTERED)
                found.append(_place(wanted[digest], said))
    return found


def _place(place_id: str, said: dict[str, Any]) -> KnownPlace:
    return KnownPlace(
        place_id, *(str(said[name]) for name in ("helper", "name", "what", "how", "recipient"))
    )


def read_list(untrusted: bytes) -> HelpList:
    """Read a list of helpers: the YAML that its keeper wrote, or the signed file, unchecked.

    A signature protects people who see the list on a server; here a person reads each place
    before anything goes there. Raises `HelpListError`, `FollowUpError`.
    """
    if len(untrusted) >= LARGEST_LIST:
        raise FollowUpError(_("this file is longer than a list of helpers may be"))
    try:
        content = strict_yaml(untrusted)
        if isinstance(content, dict) and "payload" in content:
            content = json.loads(base64.b64decode(content["payload"], validate=True))
    except (yaml.YAMLError, ValueError, TypeError, UnicodeDecodeError, RecursionError):
        raise FollowUpError(_("this is no list of helpers; choose help.json or its YAML")) from None
    return HelpList.parse(content)
