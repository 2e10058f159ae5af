"""Letters, helpers, addresses and a roster for publications in tests."""

from __future__ import annotations

from datetime import date, timedelta

from safelight.publication.address_book import (
    PAGES,
    REPORTS,
    Address,
    AddressBook,
    sign_address_book,
)
from safelight.publication.letters import Letter
from safelight.publication.outward import Outward
from safelight.sealing.help_list import HelpList, sign_help_list
from tests.publication.releases import KEY
from tests.support.live_server import Keeper, today

ONION = "http://" + "a" * 56 + ".onion/"
MIRROR = "https://mirror.example/site/"


def address_book(
    version: int = 1, *urls: str, on: date | None = None, days: int = 60
) -> AddressBook:
    issued = on or today()
    places = [Address(url, PAGES) for url in urls or (MIRROR,)]
    return AddressBook(
        version, issued, issued + timedelta(days=days), (Address(ONION, REPORTS), *places)
    )


def help_list() -> HelpList:
    def both(ru: str, en: str) -> dict[str, str]:
        return {"ru": ru, "en": en}

    return HelpList.parse(
        {
            "version": 4,
            "issued": today().isoformat(),
            "expires": (today() + timedelta(days=60)).isoformat(),
            "regions": [
                {
                    "name": both("Везде", "Everywhere"),
                    "helpers": [
                        {
                            "name": both("Экстренные службы", "Emergency services"),
                            "what": both("Если угроза жизни", "If a life is in danger"),
                            "how": both("Телефон 112", "Call 112"),
                        }
                    ],
                }
            ],
        }
    )


SHORT = Letter("a1", "2025-01", "en", "I am afraid to tell anybody.", "You told us. Thank you.")
LONG = Letter(
    "b2",
    "2025-02",
    "ru",
    "\n\n".join(f"Абзац {n}. " + "Мне страшно говорить об этом. " * 12 for n in range(30)),
    "Спасибо, что написали. " * 100,
)


def outward(keeper: Keeper, *letters: Letter, book: AddressBook | None = None) -> Outward:
    named = book or address_book()
    return Outward(
        letters=letters or (LONG, SHORT),
        book=named,
        signed_book=sign_address_book(named, KEY),
        help=help_list(),
        signed_help=sign_help_list(help_list(), keeper.root),
        signed_roster=keeper.signed(),
        form=b"<!doctype html><title>form</title>" + b"x" * 100_000,
    )
