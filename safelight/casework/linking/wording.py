"""What entries about linking are called on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safelight.casework.linking import kinds

KINDS: Final[Mapping[str, str | Promise]] = {
    kinds.DECIDED: _("two records were judged the same, or different"),
    kinds.TAKEN_BACK: _("a judgement of two records was taken back"),
    kinds.SAMPLED: _("a sample of pairs was drawn, to measure the linking"),
}
