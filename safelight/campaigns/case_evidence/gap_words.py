"""What is missing from captures and bundles, in the page's language.

The journal and the record hold codes (`evidence.capture.capture_record`): `what` kind of gap, and
`why`, a code of ours, a name of the browser's (err_…), or the name of a refusal. What has no
words here is a technical name, and stands as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safelight.campaigns.case_evidence.refusals import code_in_words
from safelight.campaigns.case_evidence.standing import Missing
from safelight.campaigns.case_evidence.wording import GAPS
from safelight.evidence.capture.problems import CaptureError
from safelight.evidence.problems import AuthorityUnavailable

NO_CAPTURE: Final = "no-capture"
# What stands beside a gap, and what the browser says where no page came.
_WHY: Final[Mapping[str, str | Promise]] = {
    "scheme": _("not an address of the web"),
    "port": _("a port that captures do not go to"),
    "private-address": _("an address within a private network"),
    "private-name": _("a name within a private network"),
    "odd-address": _("an address written in an odd way"),
    "not-a-host": _("not a name of a site"),
    "not-allowed": _("not among the sites of this capture"),
    "onion-needs-tor": _("an onion address, which only Tor reaches"),
    "no-answer": _("nobody answered"),
    "cut-off": _("the answer broke off"),
    "request-body": _("what was sent to the site is missing"),
    "not-checked": _("nobody checked whose it is"),
    "not-fetched": _("it could not be fetched"),
    "too-large-or-slow": _("too large, or too slow"),
    "only the parts that were loaded": _("only the parts that were played are here"),
    "the page kept the browser busy": _("the page kept the browser busy"),
    "timed-out": _("it took too long"),
    "timedout": _("it took too long"),
    "failed": _("it failed"),
    "connectionrefused": _("nobody answered"),
    "connectionreset": _("the connection was cut"),
    "connectionclosed": _("the connection was cut"),
    "connectionaborted": _("the connection was cut"),
    "connectionfailed": _("no connection came about"),
    "namenotresolved": _("there is no site of this name, or it could not be asked for"),
    "internetdisconnected": _("there is no network"),
    "addressunreachable": _("the site could not be reached"),
    "err_name_not_resolved": _("there is no site of this name, or it could not be asked for"),
    "err_connection_refused": _("nobody answered"),
    "err_connection_reset": _("the connection was cut"),
    "err_connection_closed": _("the connection was cut"),
    "err_connection_timed_out": _("it took too long"),
    "err_timed_out": _("it took too long"),
    "err_empty_response": _("the answer was empty"),
    "err_tunnel_connection_failed": _("the way out, or the site behind it, did not answer"),
    "err_proxy_connection_failed": _("the way out, or the site behind it, did not answer"),
    "err_socks_connection_failed": _("the way out, or the site behind it, did not answer"),
    "err_too_many_redirects": _("the site leads in a circle"),
    "err_aborted": _("it led to a file or to nothing, and not to a page"),
    "err_blocked_by_client": _("it was refused here"),
    "err_cert_authority_invalid": _("the site's certificate is not good"),
    "err_cert_common_name_invalid": _("the site's certificate is not good"),
    "err_cert_date_invalid": _("the site's certificate is not good"),
}


def gap_shown(gap: Missing) -> Missing:
    """A gap of a capture as a page says it: what is missing, where, why."""
    what = str(GAPS.get(gap.what, gap.what))
    if gap.what == NO_CAPTURE:
        return Missing(what, code_in_words(gap.why, otherwise=CaptureError), gap.where)
    # An older version wrote where and why into one.
    where, _space, last = gap.why.rpartition(" ")
    if not gap.where and "://" in where and in_words(last) != last:
        return Missing(what, in_words(last), where)
    return Missing(what, in_words(gap.why), gap.where)


def bundle_gap_shown(gap: Missing) -> Missing:
    """A timestamp that did not come: of which authority, why."""
    return Missing(gap.what, code_in_words(gap.why, otherwise=AuthorityUnavailable), gap.where)


def in_words(why: str) -> str:
    """What a code is called, the browser's own name beside it; anything else as it is."""
    said = _WHY.get(why)
    if said is None:
        return why
    return f"{said} ({why})" if why.startswith("err_") else str(said)
