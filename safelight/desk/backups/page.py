"""The page about backups: make one, which still open, what to do when a desk is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.casework.team import backup_keys, restored
from safelight.desk import key_file
from safelight.desk.backups.backing_up import BackedUp, back_up, write_key
from safelight.desk.backups.new_chain import continue_under
from safelight.desk.key_file import KeyFileError, WeakPassphraseError
from safelight.desk.launch import launch_of
from safelight.desk.setting_up import DeskExistsError
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key
from safelight.journal.models import ForkedEntry


@require_GET
def backups_page(request: HttpRequest) -> HttpResponse:
    """What there is, what must be destroyed, and the form for a new one."""
    return _page(request)


def _page(
    request: HttpRequest, *, problem: str = "", made: BackedUp | None = None, status: int = 200
) -> HttpResponse:
    own = desk_key().desk
    known = backup_keys.backups_known()
    forks = ForkedEntry.objects.order_by("desk", "seq").values("desk", "seq")[:20]
    context = {
        "own": own,
        "known": known,
        "opens": any(one.is_alive and one.backups for one in known),
        "to_destroy": [one for one in known if one.files_left and not one.is_alive],
        "has_colleagues": backup_keys.has_colleagues(),
        "waiting": restored.is_waiting(),
        "former": sorted(restored.former_names()),
        "forks": [fork | {"is_own": fork["desk"] == own} for fork in forks],
        "forked_desks": sorted({fork["desk"] for fork in forks}),
        "problem": problem,
        "made": made,
        "target": request.POST.get("target", "") if problem else "",
        "key_to": request.POST.get("key_to", "") if problem else "",
    }
    return render(request, "desk/backups.html", context, status=status)


@require_POST
def make_backup(request: HttpRequest) -> HttpResponse:
    """Write a backup to a file on this machine or a stick, and read it again."""
    passphrase = request.POST.get("passphrase", "")
    if passphrase != request.POST.get("again", ""):
        problem = _("The two passphrases are not the same. Nothing was written.")
        return _page(request, problem=problem, status=422)
    try:
        made = back_up(
            _path(request, "target"),
            passphrase,
            key_to=_path(request, "key_to") if request.POST.get("key_to") else None,
            cost=key_file.PRODUCTION_COST,
        )
    except WeakPassphraseError:
        problem = _(
            "This passphrase is too easy to guess: take at least 12 characters, best four or five "
            "words chosen by dice. Nothing was written."
        )
        return _page(request, problem=problem, status=422)
    except SafelightError as error:
        return _page(request, problem=str(error), status=422)
    return _page(request, made=made)


def _path(request: HttpRequest, field: str) -> Path:
    path = Path(request.POST.get(field, "").strip()).expanduser()
    if not path.is_absolute() or not path.name or "\0" in str(path):
        raise KeyFileError(
            _("expected the whole path of a new file, such as /media/stick/desk.backup")
        )
    return path


@require_POST
def give_key(request: HttpRequest) -> HttpResponse:
    """Write the key of a colleague's backup to a file."""
    try:
        write_key(request.POST.get("backup", ""), _path(request, "key_to"))
    except SafelightError as error:
        return _page(request, problem=str(error), status=422)
    return redirect("backups")


@require_POST
def key_file_destroyed(request: HttpRequest) -> HttpResponse:
    """Note that a person destroyed the files with a key."""
    backup = request.POST.get("backup", "")
    if backup in {one.backup for one in backup_keys.backups_known()}:
        backup_keys.note_key_file_destroyed(backup)
    return redirect("backups")


@require_POST
def go_on_alone(request: HttpRequest) -> HttpResponse:
    """On a restored desk: nobody else has a desk, so there is nothing to wait for."""
    restored.go_on_alone()
    return redirect("backups")


@require_POST
def go_on_under(request: HttpRequest) -> HttpResponse:
    """Go on under a new name, after a fork was named."""
    data: Any = launch_of(request).config.data
    try:
        continue_under(data, request.POST.get("name", "").strip())
    except DeskExistsError:
        problem = _(
            "A desk's name is 2 to 32 lower-case letters, digits and inner dashes, such as desk-1b."
        )
        return _page(request, problem=problem, status=422)
    except SafelightError as error:
        return _page(request, problem=str(error), status=422)
    return redirect("backups")
