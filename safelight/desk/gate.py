"""Who may come in: middleware, in the order in which a request passes it.

A page on the Internet that the same browser has open is the attacker here: it can
send requests to 127.0.0.1, point a name of its own at it (DNS rebinding), or put a
form on itself. Another port on this machine counts as "same site" for SameSite
cookies, which is why Origin and Sec-Fetch-Site are checked on every request.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from safelight.casework.cases import CaseNotFoundError
from safelight.casework.opening import BulkReadingError
from safelight.desk.desk_files import DeskFiles
from safelight.desk.launch import launch_of
from safelight.desk.sqlcipher.held_key import DeskLockedError, is_held
from safelight.desk.unlocking import DeskStorageError, is_of_the_disk, lock, storage_sentence
from safelight.errors import SafelightError

_log = logging.getLogger("safelight.desk")
_Next = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Robots-Tag": "noindex",
}
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
_BEFORE_ENTERING: Final = ("/open/", "/static/")
_BEFORE_UNLOCKING: Final = ("/open/", "/static/", "/unlock", "/language/", "/wipe")


class SaferHeaders:
    """Put the security headers on every answer, refusals included."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class LoopbackOnly:
    """Refuse a foreign Host (DNS rebinding) and requests that another site's page has made."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = launch_of(request).config.origin
        if f"http://{request.META.get('HTTP_HOST', '')}" != origin:
            return _plain_refusal(421, f"This desk answers only at {origin}.")
        if not _comes_from_here(request, origin):
            return _plain_refusal(403, "This request came from another site, and was refused.")
        return self.get_response(request)


def _comes_from_here(request: HttpRequest, origin: str) -> bool:
    fetch_site = request.META.get("HTTP_SEC_FETCH_SITE")
    untrusted_origin = request.META.get("HTTP_ORIGIN")
    if request.method in _SAFE_METHODS:
        # "none": typed, pasted or clicked outside a page, as the launch URL is.
        return fetch_site in (None, "none", "same-origin")
    # Under `Referrer-Policy: no-referrer` browsers send `Origin: null` from our own forms
    # (Fetch standard, "append a request Origin header"); Sec-Fetch-Site then decides.
    if untrusted_origin not in (None, "null", origin):
        return False
    if fetch_site is not None:
        return bool(fetch_site == "same-origin")
    return bool(untrusted_origin == origin)


class LaunchCookie:
    """Let in only the browser that opened the launch URL."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        launch = launch_of(request)
        if request.path.startswith(_BEFORE_ENTERING) or launch.knows(
            request.COOKIES.get(launch.cookie_name)
        ):
            return self.get_response(request)
        return _plain_refusal(
            403,
            "This browser has not been let in. Open the address that the desk printed when it "
            "started; it works once. To get a new one, stop the desk and start it again. / "
            "Этот браузер не допущен. Откройте адрес, который рабочее место показало при запуске; "
            "он действует один раз. Чтобы получить новый, остановите программу и запустите снова.",
        )


class SpeakTheirLanguage:
    """Use the language chosen on the page, the one the desk was started with, or the browser's."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        launch = launch_of(request)
        language = (
            launch.language
            or launch.config.language
            or translation.get_language_from_request(request)
        )
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers["Content-Language"] = language
        return response


class UnlockedFirst:
    """Send everybody to the unlock page while the desk is locked."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_held() and not DeskFiles(launch_of(request).config.data).key_file.exists():
            lock()  # wiped by the command, while this program still had the key
        if is_held() or request.path.startswith(_BEFORE_UNLOCKING):
            return self.get_response(request)
        return HttpResponseRedirect("/unlock")


class RefusalPage:
    """Show a refusal as a page that says what to do; log an accident without its content."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Turn what a view raised into a page. Http404 and the like stay Django's."""
        if isinstance(error, DeskLockedError):  # locked in another tab while this one worked
            return HttpResponseRedirect("/unlock")
        if isinstance(error, BulkReadingError):
            lock()
            return HttpResponseRedirect("/unlock?locked=bulk")
        if isinstance(error, DeskStorageError) or is_of_the_disk(error):
            # 507: no room. The desk stays as it was before this request.
            _log_place(error)
            reason = storage_sentence()
            return render(request, "desk/refused.html", {"reason": reason}, status=507)
        if isinstance(error, SafelightError):
            status = 404 if isinstance(error, CaseNotFoundError) else 400
            return render(request, "desk/refused.html", {"reason": str(error)}, status=status)
        return None


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an accident (Django's handler500): the class and the place go to the log."""

    error = sys.exc_info()[1]
    if error is not None:
        _log_place(error)
    return _plain_refusal(
        500,
        _("Something went wrong inside the desk. Nothing half-done was kept. Go back, try again."),
    )


def _log_place(error: BaseException) -> None:
    # The message may quote what a person wrote; the class and the lines of code cannot.
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " < ".join(f"{PurePath(f.filename).name}:{f.lineno}" for f in reversed(frames))
    _log.error("desk.accident %s at %s", type(error).__name__, places)


def _plain_refusal(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a form that no page of ours sends (Django's handler400)."""
    reason = _("The form could not be read: too many fields or files, or broken.")
    return render(request, "desk/refused.html", {"reason": reason}, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that no page has (Django's handler404)."""
    return render(request, "desk/refused.html", {"reason": _("There is no such page.")}, status=404)
