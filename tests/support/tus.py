"""A tus 1.0 client as small as the protocol, one connection a request, for tests."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from safelight.sealing.receipt import Receipt
from tests.support.live_server import Answer, LiveServer
from tests.support.lying import as_it_came

PIECE = 11_000
CONTENT_TYPE = "application/offset+octet-stream"


def metadata(**values: str) -> str:
    """Upload-Metadata as tus writes it."""
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def first(receipt: Receipt, **more: str) -> str:
    """Metadata of the first envelope of a mailbox."""
    return metadata(mailbox=receipt.mailbox_id.hex(), verifier=receipt.verifier.hex(), **more)


def later(receipt: Receipt, **more: str) -> str:
    """Metadata of a later envelope."""
    return metadata(mailbox=receipt.mailbox_id.hex(), key=receipt.auth_key.hex(), **more)


@dataclass(frozen=True)
class Tus:
    server: LiveServer

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        sent = {"Tus-Resumable": "1.0.0"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.server.request(method, path, body, sent)

    def create(self, length: int, described: str = "", **headers: str) -> Answer:
        told: Mapping[str, str] = {"Upload-Length": str(length), **headers}
        if described:
            told = {**told, "Upload-Metadata": described}
        if "Safelight_Work" not in headers:
            told = {**told, "Safelight-Work": self.server.work(length)}
        return self.ask("POST", "/upload", **told)

    def patch(self, path: str, offset: int, body: bytes) -> Answer:
        return self.ask("PATCH", path, body, Upload_Offset=str(offset), Content_Type=CONTENT_TYPE)

    def offset(self, path: str) -> int:
        return int(self.ask("HEAD", path).headers["upload-offset"])

    def send(self, path: str, sealed: bytes, *, until: int | None = None) -> Answer:
        """PATCH on from where the server stands; return the last answer."""
        answer = self.ask("HEAD", path)
        at = int(answer.headers["upload-offset"])
        end = len(sealed) if until is None else until
        while at < end:
            answer = self.patch(path, at, sealed[at : min(at + PIECE, end)])
            assert answer.status == 204, answer.text
            at = int(answer.headers["upload-offset"])
        return answer

    def fill(self, path: str, sealed: bytes, *, all_but: int) -> None:
        """Put all but the last bytes into the database, as thousands of PATCHes would."""
        with contextlib.closing(
            sqlite3.connect(self.server.data / "mailboxes.sqlite3", timeout=90)
        ) as database:
            ((key,),) = database.execute(
                "SELECT key FROM intake_upload WHERE name = ?", (path.rpartition("/")[2],)
            )
            ((begin,),) = database.execute(
                "SELECT received FROM intake_upload WHERE key = ?", (key,)
            )
            end = len(sealed) - all_but
            # A run that has bytes has a key; one that is begun here goes on without.
            found = database.execute("SELECT secret FROM intake_holderkey WHERE key = ?", (key,))
            row = found.fetchone()
            kept = as_it_came(row[0], 0, 0, sealed) if row else sealed
            database.executemany(
                "INSERT INTO intake_piece (key, run, start, sealed) "
                "VALUES (abs(random()), ?, ?, ?)",
                [(key, at, kept[at : min(at + PIECE, end)]) for at in range(begin, end, PIECE)],
            )
            database.execute("UPDATE intake_upload SET received = ? WHERE key = ?", (end, key))
            database.commit()

    def partial(self, sealed: bytes) -> str:
        made = self.create(len(sealed), Upload_Concat="partial")
        assert made.status == 201, made.text
        self.send(made.headers["location"], sealed)
        return made.headers["location"]

    def join(self, paths: list[str], described: str) -> Answer:
        return self.ask(
            "POST",
            "/upload",
            Upload_Concat="final;" + " ".join(paths),
            Upload_Metadata=described,
        )
