"""`{% address 'help' %}` and the like: where the pages and their scripts are."""

from __future__ import annotations

from typing import Any

from django import template

from safelight.intake.addresses import EXIT, FORM_SCRIPT, RECEIPT_SCRIPT
from safelight.intake.addresses import address as address_of

register = template.Library()
register.simple_tag(lambda: EXIT, name="leaving")
register.simple_tag(lambda: FORM_SCRIPT, name="form_script")
register.simple_tag(lambda: RECEIPT_SCRIPT, name="receipt_script")


@register.simple_tag(takes_context=True)
def address(context: dict[str, Any], page: str, language: str = "") -> str:
    """The path of a page, in the language of this one unless another is said."""
    return address_of(language or context["language"], page)
