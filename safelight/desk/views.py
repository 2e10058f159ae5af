"""The desk's own pages: the door, the lock, the guide, the journal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safelight.casework.report_page import entries_shown
from safelight.desk import panic_wipe, unlocking
from safelight.desk.guide import steps
from safelight.desk.journal_words import KINDS
from safelight.desk.key_file import WrongPassphraseError
from safelight.desk.launch import launch_of
from safelight.desk.sqlcipher.held_key import is_held
from safelight.journal.chain import latest
from safelight.journal.entry import JournalError
from safelight.journal.verifying import verify

# No dot but the last one: a name cannot climb out of the static directories.
_STATIC_NAME: Final = re.compile(r"[a-z0-9-]+(?:/[a-z0-9-]+)*\.(css|svg|js)")
_STATIC_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "js": "text/javascript; charset=utf-8",
}
_LONGEST_WAIT: Final = 30.0
_ENTRIES_SHOWN: Final = 100


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The demo begins with its guide, work with the inbox."""
    return redirect("guide" if launch_of(request).config.guided else "casework:inbox")


@require_GET
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the launch token for the cookie, once."""
    launch = launch_of(request)
    if launch.knows(request.COOKIES.get(launch.cookie_name)):
        return redirect("home")
    if not launch.enter(token):
        return HttpResponse(
            "This address has been used, or is not this desk's. Stop the desk and start it again "
            "to get a new one. / Этот адрес уже использован или не от этого рабочего места. "
            "Остановите программу и запустите снова, чтобы получить новый.",
            status=403,
            content_type="text/plain; charset=utf-8",
        )
    response = redirect("home")
    # No `secure`: loopback speaks plain HTTP. No `max_age`: it ends with the browser.
    response.set_cookie(
        launch.cookie_name, launch.cookie_value, httponly=True, samesite="Strict", path="/"
    )
    return response


@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    """Ask for the passphrase. Each wrong one costs more time, and tells nothing."""
    launch = launch_of(request)
    if request.method == "GET":
        if is_held():
            return redirect("home")
        context = {"read_in_bulk": request.GET.get("locked") == "bulk"}
        return render(request, "desk/unlock.html", context)
    # One attempt at a time: parallel tabs must not make guessing cheaper.
    with launch.unlocking:
        if launch.failed_unlocks:
            launch.pause(min(2.0 ** (launch.failed_unlocks - 1), _LONGEST_WAIT))
        try:
            unlocking.unlock_for(launch, request.POST.get("passphrase", ""))
        except WrongPassphraseError:
            launch.failed_unlocks += 1
            problem = _(
                "This passphrase does not open the desk. Check the keyboard layout and Caps Lock, "
                "and try again."
            )
            return render(request, "desk/unlock.html", {"problem": problem}, status=403)
        launch.failed_unlocks = 0
    return redirect("home")


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Forget the key now."""
    unlocking.lock()
    return redirect("unlock")


@require_http_methods(["GET", "POST"])
def wipe(request: HttpRequest) -> HttpResponse:
    """Ask once, then destroy the desk. Works also while it is locked."""
    if request.POST.get("wipe") != "everything":
        return render(request, "desk/wipe.html")
    wiped = panic_wipe.wipe(launch_of(request).config.data)
    return render(request, "desk/wiped.html", {"left": wiped.left})


@require_POST
def speak(request: HttpRequest, language: str) -> HttpResponse:
    """Change the language of the pages, and stay on the page."""
    if language in ("ru", "en"):
        launch_of(request).language = language
    back = request.POST.get("back", "/")
    # A path of our own only: "//host" and "https:" would lead elsewhere.
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    return redirect(back if is_ours else "/")


@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """The demo's first page: four short steps."""
    return render(
        request, "desk/guide.html", {"steps": steps(since=launch_of(request).entries_before or 0)}
    )


@require_GET
def journal_page(request: HttpRequest) -> HttpResponse:
    """The latest entries; with `?verify=1` the whole chain is walked first."""
    context: dict[str, object] = {"entries": entries_shown(latest(_ENTRIES_SHOWN), KINDS)}
    if "verify" in request.GET:
        try:
            context["verified"] = verify()
        except JournalError as error:
            context["problem"] = str(error)
    return render(request, "desk/journal.html", context)


@require_GET
def static_file(request: HttpRequest, path: str) -> HttpResponse:
    """One of the few files that pages link to; only the kinds listed above."""
    name = _STATIC_NAME.fullmatch(path)
    found = finders.find(path) if name else None
    if name is None or not isinstance(found, str):
        raise Http404
    return HttpResponse(Path(found).read_bytes(), content_type=_STATIC_TYPES[name[1]])
