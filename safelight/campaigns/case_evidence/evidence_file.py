"""`evidence.yaml` in the desk's folder: which way captures and timestamps go out, and whom to ask.

```yaml
exit: socks5h://127.0.0.1:9050   # Tor on this machine; or `direct`: sites see where you are
authorities:                     # as in docs/how-to/bundle-evidence.md
  - {name: first, address: https://…, roots: first-root.pem}
```

`loopback_ports: [8123]` lets captures reach pages of one's own at 127.0.0.1, to try things out;
all other private addresses are always refused. Nothing is built in: whoever is captured learns an
address, and each authority learns when a desk works. Both are for the desk to choose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from safelight.errors import SafelightError
from safelight.evidence.timestamps.authorities import Authority, read_authorities

NAME: Final = "evidence.yaml"
DIRECT: Final = "direct"
_LARGEST: Final = 64 * 1024
_EXIT: Final = re.compile(r"socks5h?://[0-9A-Za-z.\[\]:-]{1,255}:[0-9]{1,5}")
_KEYS: Final = frozenset({"exit", "authorities", "loopback_ports"})


class EvidenceFileSettingsError(SafelightError):
    """An `evidence.yaml` that cannot be used."""


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What the file says. `exit`: a SOCKS address, `DIRECT`, or "" when nobody chose."""

    exit: str = ""
    authorities: tuple[Authority, ...] = ()
    loopback_ports: frozenset[int] = frozenset()

    @property
    def proxy(self) -> str | None:
        """What to give to a client of HTTP: None for a direct way."""
        return self.exit if self.exit not in ("", DIRECT) else None


def read_ways_out(data: Path) -> WaysOut:
    """Read the file of a desk; nothing is chosen where there is none.

    Raises `EvidenceFileSettingsError`, or `EvidenceError` for an authority that is not described
    as it must be. Neither repeats what stands in the file.
    """
    path = data / NAME
    try:
        untrusted = yaml.safe_load(path.read_bytes()[:_LARGEST])
    except FileNotFoundError:
        return WaysOut()
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        raise EvidenceFileSettingsError(f"{NAME} cannot be read as YAML; correct it") from None
    if not isinstance(untrusted, dict) or not set(untrusted) <= _KEYS:
        raise EvidenceFileSettingsError(f"{NAME} may have {', '.join(sorted(_KEYS))}; nothing else")
    way = untrusted.get("exit", "")
    if way not in ("", DIRECT) and not (isinstance(way, str) and _EXIT.fullmatch(way)):
        raise EvidenceFileSettingsError(
            f"`exit` in {NAME} is `{DIRECT}` or an address such as socks5h://127.0.0.1:9050"
        )
    ports = untrusted.get("loopback_ports", [])
    if not isinstance(ports, list) or not all(
        type(one) is int and 0 < one < 65536 for one in ports
    ):
        raise EvidenceFileSettingsError(f"`loopback_ports` in {NAME} is a list of port numbers")
    authorities = read_authorities(path) if "authorities" in untrusted else ()
    return WaysOut(way, authorities, frozenset(ports))
