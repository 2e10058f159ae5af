"""`{% inline_style %}` and `{% inline_script %}`: our own bytes, as their hashes say."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from safelight.intake.pages.inline_parts import script, style

register = template.Library()


@register.simple_tag
def inline_style() -> SafeString:
    """The style sheet, for inside `<style>`."""
    # Our own file and codes, read at the start: nothing of a request is in it.
    return mark_safe(style())  # nosec B308 B703  # noqa: S308


@register.simple_tag
def inline_script() -> SafeString:
    """The script, for inside `<script>`."""
    return mark_safe(script())  # nosec B308 B703  # noqa: S308
