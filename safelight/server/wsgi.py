"""Django as the worker runs it. What tells people apart is dropped before anything sees it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterable
from typing import Any, Final

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safelight.server.settings")

from django.core.wsgi import get_wsgi_application

# On a full disk Python leaves cut-off .pyc files, which break every later start (EOFError),
# and their times would tell when a page was first asked for.
sys.dont_write_bytecode = True

# Not needed for any answer. Dropped here, so that no later line of code, log or
# traceback can keep an address even by mistake.
WHO: Final = (
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "REMOTE_HOST",
    "REMOTE_USER",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_REAL_IP",
    "HTTP_X_CLIENT_IP",
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_CF_CONNECTING_IP",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_USER_AGENT",
    "HTTP_REFERER",
    "HTTP_COOKIE",
)

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def _end_with_the_launcher() -> None:
    """A worker whose launcher was killed would keep the port and the data directory."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


_end_with_the_launcher()
_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """WSGI (PEP 3333). An answer is complete in memory, and goes out with its length; only large
    published files, which know theirs, come piece by piece."""
    for name in WHO:
        environ.pop(name, None)
    answer = _django(environ, start_response)
    if getattr(answer, "streaming", False):
        return answer
    try:
        return [b"".join(answer)]
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
