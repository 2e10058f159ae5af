"""A desk that nobody uses forgets its key by itself."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from typing import Any

from tests.support.desk import PASSPHRASE, TestDesk, desk
from tests.support.waiting import until

__all__ = ["desk"]


def asked(application: Any, path: str) -> None:
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "4711", "HTTP_HOST": "127.0.0.1:4711", "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
    }  # fmt: skip
    list(application(environ, lambda *_: None))


def test_the_key_is_gone_after_a_while_and_any_request_puts_it_off(desk: TestDesk) -> None:
    from safelight.desk.launch import Launch
    from safelight.desk.serving import application_for
    from safelight.desk.sqlcipher.held_key import is_held
    from safelight.desk.unlocking import unlock

    config = replace(desk.launch.config, lock_after=2.0)
    application = application_for(Launch(config, pause=lambda _: None))
    for _ in range(4):
        time.sleep(0.7)
        asked(application, "/static/desk/desk.css")
    assert is_held(), "in use for longer than it waits"
    until(lambda: not is_held())
    assert not is_held(), "nobody asked, and nobody had to"
    unlock(desk.data, PASSPHRASE)
    assert is_held()


def test_zero_never_locks() -> None:
    from safelight.desk.idle import IdleLock

    def fail() -> None:
        raise AssertionError("locked")

    lock = IdleLock(0, fail)
    lock.touch()
    assert lock._timer is None
