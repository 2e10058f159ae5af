"""The demo desk's directory: invented places that a case can be referred to.

Needs an unlocked desk, so import this module only after Django has started.
"""

from __future__ import annotations

from typing import Final

from safelight.casework.followup.places import enter

# Said in both languages at once: a desk keeps one text, and the visitor may read either.
_PLACES: Final = (
    (
        "LAWYER",
        "Правовая приёмная (вымышленная) · Legal office (invented)",
        "Работа, школа, полиция · work, school, police",
    ),
    (
        "PSYCHOLOGIST",
        "Кабинет поддержки (вымышленный) · Counselling room (invented)",
        "Беседы на русском и английском · talks in Russian and English",
    ),
    (
        "SHELTER",
        "Тихий дом (вымышленный) · Quiet house (invented)",
        "Ночлег на две недели · two weeks of shelter",
    ),
)
_HOW: Final = "Никуда не звонит: демонстрация · rings nowhere: a demo"


def enter_places() -> int:
    """Enter the invented places; return how many."""
    for helper, name, what in _PLACES:
        enter(helper=helper, name=name, what=what, how=_HOW, recipient="")
    return len(_PLACES)
