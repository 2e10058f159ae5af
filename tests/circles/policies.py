"""Rules of circles for tests: as JSON, changed where a test asks, signed by a test's key."""

from __future__ import annotations

from typing import Any

BOTH = {"ru": "слова", "en": "words"}


def band(code: str, youngest: int, oldest: int, **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": BOTH,
        "youngest": youngest,
        "oldest": oldest,
        "enter": [code],
        "found": [code],
        "counsellors": "enter",
        "images": True,
        "days": 14,
    } | changes


def rules(**changes: Any) -> dict[str, Any]:
    return {
        "version": 2,
        "issued": "2026-11-01",
        "expires": "2027-05-01",
        "about_ages": BOTH,
        "bands": [
            band("14-17", 14, 17, counsellors="found", images=False, days=7),
            band("18", 18, 120),
        ],
        "keepers": {"duties": [BOTH], "answer_minutes": 1440},
        "counsellors": {
            "desks": ["desk-1"],
            "duties": [BOTH],
            "block_minutes": 120,
            "week_minutes": 720,
            "break_minutes": 30,
        },
        "escalation": [
            {
                "code": "danger-to-life",
                "name": BOTH,
                "told": BOTH,
                "decides": BOTH,
                "do": BOTH,
                "within_minutes": 15,
            }
        ],
        "help": {
            "ru": [{"name": "Экстренные службы", "what": "Опасность", "how": "112"}],
            "en": [{"name": "Emergency services", "what": "Danger", "how": "112"}],
        },
    } | changes
