"""Exchanging rows on an unlocked desk: partners, editions sent, rows received."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.db import transaction

from safelight.journal.chain import append
from safelight.partners.exchange.edition import (
    Edition,
    ExchangeError,
    SharedRow,
    opened_edition,
    pair_code,
    sealed_edition,
)
from safelight.partners.exchange.linkage_keys import pair_secret, share_id
from safelight.partners.models import ExchangePartner, ReceivedRow
from safelight.partners.overlap.keys import Card, SessionKeys
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import StatRow

_AT_ONCE: Final = 500
_SECRET_SIZE: Final = 32


@dataclass(frozen=True)
class OwnRow:
    """A row of this desk that may be shared, the last day of that, and its case (stays here)."""

    row: StatRow
    until: date
    case_id: str


# How a partner's secret and a file of keys become tokens for each case.
TokensOf = Callable[[bytes], Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True)
class Sent:
    """What an edition holds. `withdrawn`: rows of the one before that are no longer in it."""

    file: bytes
    number: int
    rows: int
    withdrawn: int


@dataclass(frozen=True)
class Taken:
    """What an edition changed here."""

    number: int
    rows: int
    gone: int
    fresh_until: date


def new_partner(own_name: str) -> ExchangePartner:
    """Draw keys for one partner. Raises `TermsError` for a name that is none."""
    keys = SessionKeys.drawn(own_name)
    return ExchangePartner.objects.create(
        partner_id=secrets.token_hex(4),
        own_name=own_name,
        signing_seed=keys.signing_seed,
        sealing_seed=keys.sealing_seed,
        secret=os.urandom(_SECRET_SIZE),
    )


def partner(partner_id: str) -> ExchangePartner:
    """A partner. Raises `ExchangeError`."""
    found = ExchangePartner.objects.filter(partner_id=partner_id).first()
    if found is None:
        raise ExchangeError(
            "no-partner", "no partner of that number; `safelight exchange partners` shows them"
        )
    return found


def own_keys(one: ExchangePartner) -> SessionKeys:
    """The keys of this desk for one partner."""
    return SessionKeys(one.own_name, bytes(one.signing_seed), bytes(one.sealing_seed))


def code_with(one: ExchangePartner, card: Card) -> str:
    """What both read to each other."""
    return pair_code(own_keys(one).card(), card)


def keep_card(one: ExchangePartner, card: Card) -> None:
    """Believe a card, once people compared the code. Raises if there is another one."""
    if one.card and Card.read(bytes(one.card)) != card:
        raise ExchangeError(
            "not-compared", "this partner has another card already; begin anew with a new partner"
        )
    if card == own_keys(one).card() or card.name == one.own_name:
        raise ExchangeError("not-compared", "this is our own card, or one under our own name")
    ExchangePartner.objects.filter(pk=one.pk).update(card=card.encode(), name=card.name)


def send(
    one: ExchangePartner,
    rows: Iterable[OwnRow],
    *,
    today: date,
    fresh_days: int,
    tokens_of: TokensOf | None,
) -> Sent:
    """Make the next edition. One transaction: the edition counts as sent when this returns."""
    keys, card, secret = own_keys(one), _card(one), bytes(one.secret)
    tokens = tokens_of(pair_secret(keys, card)) if tokens_of is not None else {}
    shared = [
        SharedRow(_for_partner(own.row, secret), own.until, tokens.get(own.case_id, {}))
        for own in rows
    ]
    edition = Edition.of_rows(
        shared,
        sender=keys.name,
        reader=card.name,
        number=one.sent_edition + 1,
        today=today,
        fresh_days=fresh_days,
    )
    file = sealed_edition(edition, keys, card)
    ids = [held.row.stat_id for held in edition.rows]
    withdrawn = len(set(one.sent_ids) - set(ids))
    with transaction.atomic():
        changed = ExchangePartner.objects.filter(pk=one.pk, sent_edition=one.sent_edition).update(
            sent_edition=edition.number, sent_ids=ids
        )
        if not changed:
            raise ExchangeError("older-edition", "another edition was made meanwhile; try again")
        append(
            "exchange.sent",
            _clear(file, edition) | {"withdrawn": withdrawn},
            subject=one.partner_id,
        )
    return Sent(file, edition.number, len(ids), withdrawn)


def to_withdraw(one: ExchangePartner, rows: Iterable[OwnRow]) -> int:
    """How many rows a partner has that they should have no longer."""
    secret = bytes(one.secret)
    return len(set(one.sent_ids) - {share_id(secret, own.row.stat_id) for own in rows})


def take(one: ExchangePartner, untrusted: bytes, *, today: date) -> Taken:
    """Replace what this partner shared by a newer edition. All of it, or nothing."""
    edition = opened_edition(
        untrusted, own_keys(one), _card(one), last=one.taken_edition, today=today
    )
    with transaction.atomic():
        # Another page may have taken a newer one since `one` was read.
        changed = ExchangePartner.objects.filter(pk=one.pk, taken_edition=one.taken_edition).update(
            taken_edition=edition.number,
            taken_sha256=hashlib.sha256(untrusted).hexdigest(),
            taken_on=today,
            fresh_until=edition.fresh_until,
        )
        if not changed:
            raise ExchangeError("older-edition", "another edition was taken meanwhile; try again")
        before = set(_received(one).values_list("share_id", flat=True))
        _received(one).delete()
        ReceivedRow.objects.bulk_create(
            (
                ReceivedRow(
                    partner=one,
                    share_id=held.row.stat_id,
                    until=held.until,
                    codes=held.row.to_mapping(),
                    keys=dict(held.keys),
                )
                for held in edition.rows
            ),
            batch_size=_AT_ONCE,
        )
        gone = len(before - {held.row.stat_id for held in edition.rows})
        append(
            "exchange.taken", _clear(untrusted, edition) | {"gone": gone}, subject=one.partner_id
        )
    return Taken(edition.number, len(edition.rows), gone, edition.fresh_until)


def tidy(*, today: date) -> int:
    """Delete received rows that may no longer be counted; return how many."""
    with transaction.atomic():
        ended, _ = ReceivedRow.objects.filter(until__lt=today).delete()
        stale, _ = ReceivedRow.objects.filter(partner__fresh_until__lt=today).delete()
    return ended + stale


def rows_of(one: ExchangePartner, *, on: date) -> list[SharedRow]:
    """What a partner shared and may be counted on a day: consent holds, and the edition too."""
    found = _received(one).filter(until__gte=on, partner__fresh_until__gte=on)
    return [
        SharedRow(StatRow.from_mapping(held.codes), held.until, held.keys)
        for held in found.order_by("share_id")
    ]


def rows_csv(rows: Iterable[SharedRow]) -> str:
    """Rows as `safelight link` and `safelight list` read them; each linkage key is a column."""
    kept = list(rows)
    names = sorted({name for one in kept for name in one.keys})
    columns = [column.name for column in vocabulary().fields]
    text = io.StringIO(newline="")
    write = csv.writer(text, lineterminator="\n").writerow
    write([*columns, *(f"key_{name}" for name in names)])
    for one in kept:
        cells = one.row.to_mapping()
        write([*(cells[column] for column in columns), *(one.keys.get(name, "") for name in names)])
    return text.getvalue()


def own_rows(one: ExchangePartner, rows: Iterable[OwnRow], tokens_of: TokensOf) -> list[SharedRow]:
    """Our rows with the tokens that this partner's rows carry, to link both; they stay here."""
    tokens = tokens_of(pair_secret(own_keys(one), _card(one)))
    return [SharedRow(own.row, own.until, tokens.get(own.case_id, {})) for own in rows]


def lineage(one: ExchangePartner, rows: int) -> dict[str, Any]:
    """Where the rows come from: what must be said with every number made of them."""
    return {
        "shared_by": one.name,
        "edition": one.taken_edition,
        "edition_sha256": one.taken_sha256,
        "taken_on": one.taken_on.isoformat() if one.taken_on else None,
        "not_after": one.fresh_until.isoformat() if one.fresh_until else None,
        "rows": rows,
        "vocabulary": vocabulary().version,
        "passing_on": "no: what a partner shares is counted here and shared with nobody",
    }


def end(one: ExchangePartner) -> int:
    """Forget a partner: keys, and every row they shared. Returns how many rows."""
    with transaction.atomic():
        rows: int = _received(one).delete()[0]
        append("exchange.ended", {"rows": rows}, subject=one.partner_id)
        one.delete()
    return rows


def _received(one: ExchangePartner) -> Any:
    return ReceivedRow.objects.filter(partner=one)


def _card(one: ExchangePartner) -> Card:
    if not one.card:
        raise ExchangeError(
            "not-compared",
            "this partner's card is not here yet: take it, compare the code by voice",
        )
    return Card.read(bytes(one.card))


def _for_partner(row: StatRow, secret: bytes) -> StatRow:
    """The row under an id of its own for this partner, without who coded it.

    What a smear campaign exposed helps to count nothing across lists, and stays here.
    """
    return replace(
        row,
        stat_id=share_id(secret, row.stat_id),
        coder_ids=(),
        judgement_id=None,
        smear_platform=(),
        smear_exposed=(),
        smear_employer_action=None,
        smear_takedown=None,
    )


def _clear(file: bytes, edition: Edition) -> dict[str, Any]:
    return {
        "edition": edition.number,
        "edition_sha256": hashlib.sha256(file).hexdigest(),
        "rows": len(edition.rows),
    }
