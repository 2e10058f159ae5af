"""Go on under a new name and with a new chain, on the desk as it is: after a fork was named.

A fork means that two copies of a desk wrote (a backup that was put back by hand), or that
somebody has its key. In both cases nobody takes in that chain any further, and the old signing
key is good for nothing. The opening key is made anew too: whoever copied the desk has the old
one, and reads what is sealed to it until the roster names the new one.
"""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from safelight.desk.desk_files import DeskFiles
from safelight.desk.setting_up import PublicDesk, check_public_name


def continue_under(data: Path, name: str) -> PublicDesk:
    """Give the unlocked desk in `data` a new name, key and chain; write its public file.

    Raises `DeskExistsError` for what cannot be a name, `NameTakenError` for one that was used.
    """
    # Late, because models need a started Django.
    from safelight.casework.inbox import make_opening_key  # noqa: PLC0415
    from safelight.casework.team.restored import CONTINUED, begin_new_chain  # noqa: PLC0415
    from safelight.journal import content_keys  # noqa: PLC0415
    from safelight.journal.models import UnfinishedErasure  # noqa: PLC0415

    check_public_name(name)
    with transaction.atomic():
        verify_key = begin_new_chain(name, why=CONTINUED)
        recipient = make_opening_key()
        # So that nothing of the old signing key stays in the write-ahead log.
        UnfinishedErasure.objects.get_or_create(pk=1, defaults={"since_seq": 0})
    content_keys.finish_erasure()
    public = PublicDesk(name, recipient, verify_key)
    DeskFiles(data).public_file(name).write_text(public.to_json() + "\n", encoding="ascii")
    return public
