"""What commands that sign with the offline root key share: options, the key, what was written.

A keeper writes a document in YAML, a command checks and signs it, and any machine can look at
the signed one: the roster, the team, the list of helpers, the rules of letters and of circles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import click
import yaml
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from safelight.errors import SafelightError
from safelight.sealing.root_key import load_root, root_beside
from safelight.sealing.roster import RosterError
from safelight.vocabulary.strict_yaml import KeyTwiceError, strict_yaml

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE: Final = click.Path(dir_okay=False, path_type=Path)
ROOT_PRIVATE: Final = click.option(
    "--root", "root_file", type=FILE, required=True, help="the root's private key"
)
PASSPHRASE_FILE: Final = click.option(
    "--passphrase-file", type=FILE, help="the root key's passphrase stands in here"
)
ROOT_OR_BESIDE: Final = click.option(
    "--root", help="the root public key: 64 hex digits or a file; else root.pub beside"
)
AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="facts as one JSON object")
# Far above what any of the documents may hold, signed or not.
_LARGEST: Final = 256 * 1024


def read_passphrase(file: Path | None) -> bytes | None:
    """Return the passphrase that stands in `file`; None without one. Raises `RosterError`."""
    if file is None:
        return None
    passphrase = file.read_bytes().rstrip(b"\r\n")
    if not passphrase:
        raise RosterError("the passphrase file is empty")
    return passphrase


def load_root_private(file: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    """Read the root's private key (PEM, PKCS #8). Raises `RosterError`."""
    try:
        key = load_pem_private_key(file.read_bytes(), password=passphrase)
    except TypeError:
        raise RosterError(
            "the root key is protected by a passphrase; give --passphrase-file"
            if passphrase is None
            else "the root key has no passphrase; leave out --passphrase-file"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise RosterError("not a root key in PEM (PKCS #8), or the passphrase is wrong") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise RosterError("a root key is an Ed25519 key; this is of another type")
    return key


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """A kind of document that a keeper writes in YAML to have it signed.

    `name` is a plural ("rules", "lists of helpers"), `keys` says what stands in one, `example`
    where one is shown.
    """

    error: type[SafelightError]
    name: str
    keys: str
    example: str

    def read(self, file: Path) -> dict[str, Any]:
        """Return the mapping in `file`, every scalar a text; or raise `error`."""
        untrusted = file.read_bytes()
        if len(untrusted) > _LARGEST:
            raise self.error(f"{len(untrusted)} bytes; {self.name} have at most {_LARGEST}")
        try:
            content = strict_yaml(untrusted)
        except KeyTwiceError as reason:
            raise self.error(str(reason)) from None
        except (yaml.YAMLError, ValueError, RecursionError):
            raise self.error(f"not YAML; see the example in {self.example}") from None
        if not isinstance(content, dict):
            raise self.error(f"expected a mapping with {self.keys}")
        return content

    def check_to_come(self, expires: date) -> None:
        """Raise `error` if a document's last day is over already."""
        if expires < datetime.now(tz=UTC).date():
            raise self.error("expires: expected a day to come, got one that is over")


def signed_and_root(file: Path, root: str | None) -> tuple[bytes, Ed25519PublicKey]:
    """Return a signed file, cut where no signed document reaches, and whose key it is held to.

    `root` is what `--root` said; without it `root.pub` beside the file. Raises `PublicKeyError`.
    """
    key = load_root(root) if root else root_beside(file)
    with file.open("rb") as opened:
        return opened.read(_LARGEST), key
