"""Another day for a server that a test starts: its folder is put on PYTHONPATH by `on_day`."""

import datetime
import os
from typing import Any

_DAYS = datetime.timedelta(days=int(os.environ.get("SAFELIGHT_TEST_DAYS", "0")))
_real = datetime.datetime


class _Either(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)


class _Shifted(_real, metaclass=_Either):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return _real.now(tz) + _DAYS


if _DAYS:
    datetime.datetime = _Shifted  # type: ignore[misc]
