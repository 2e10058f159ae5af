"""What the server says about itself: states and sizes, never who, what or when to the second.

Nothing is written when a report arrives. A line for each deposit would carry its
exact time into whatever collects logs (journald stamps each line), and the time of
a deposit next to a provider's records is a name.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any, Final

SERVER: Final = logging.getLogger("safelight.server")


class Bare(logging.Formatter):
    """A line without time and address; of an error only its class and place.

    The message of an exception is left out: it may quote what a person sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname.lower()} {record.getMessage()}"
        if record.exc_info and record.exc_info[0] is not None:
            line += f" {error_and_place(record.exc_info[1])}"
        return line


def error_and_place(error: BaseException | None) -> str:
    """Return `class=… at=module:line` of where `error` was raised, without its message."""
    if error is None:
        return "class=unknown"
    frames = traceback.extract_tb(error.__traceback__)
    place = "unknown"
    if frames:
        package, _, module = frames[-1].filename.rpartition("/")
        place = f"{package.rpartition('/')[2]}/{module}:{frames[-1].lineno}"
    return f"class={type(error).__name__} at={place}"


class _OwnLinesOnly(logging.Filter):
    """Granian's lines at error level name the fault, but their text quotes the exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("_granian"):
            record.msg, record.args = "worker.trouble", ()
        return True


# Granian applies this in each of its processes; Django is told to keep silent, as
# "Not Found: /mailbox/<id>" would put mailbox ids into the log.
CONFIGURATION: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"bare": {"()": Bare}},
    "filters": {"own": {"()": _OwnLinesOnly}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "bare",
            "filters": ["own"],
            "stream": "ext://sys.stderr",
        },
    },
    "loggers": {
        "safelight": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "_granian": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "granian.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
        "django": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
    "root": {"handlers": [], "level": "CRITICAL"},
}
