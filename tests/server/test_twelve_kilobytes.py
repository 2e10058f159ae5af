"""The 12 kB rule: nothing on a reporter's way is longer, as a browser gets it, headers included.

A walk from the first page along every link and asset, in both languages, over real
connections that are counted byte by byte.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import urlencode

import pytest

from safelight.intake.addresses import EXIT, FORM_SCRIPT, PAGES, address
from safelight.vocabulary.questions import question_set
from tests.support.live_server import LiveServer, live_server

pytestmark = pytest.mark.live
MOST = 12_000
# Russian has some 1.5 bits a letter for who knows it, 4.5 for gzip: words, not random letters.
WORDS = re.findall(
    r"\w+",
    "вечером у входа меня ждали трое сказали что знают где я работаю кто мои родители потом "
    "пришло письмо на работу и директор позвал к себе никто не помог я боюсь выходить из дома",
)


@dataclass(frozen=True)
class Whole:
    """One answer as it came over the line."""

    size: int
    status: int
    head: str
    body: bytes
    leads_to: str


def asked(
    server: LiveServer, path: str, *, method: str = "GET", body: bytes = b"", kind: str = ""
) -> Whole:
    """Ask as a browser does, on a connection of its own, and count what comes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    lines += ["Accept-Encoding: gzip, deflate, br, zstd", "Sec-Fetch-Site: same-origin"]
    if body:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    came = bytearray()
    with server.raw() as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        while chunk := connection.recv(65536):
            came += chunk
    head, _, rest = bytes(came).partition(b"\r\n\r\n")
    leads_to = re.search(rb"(?i)\r\nlocation: ([^\r]+)", head)
    return Whole(
        len(came),
        int(head.split()[1]),
        head.decode("ascii").lower(),
        rest,
        leads_to[1].decode("ascii") if leads_to else "",
    )


def unpacked(answer: Whole) -> str:
    import gzip

    packed = "content-encoding: gzip" in answer.head
    return (gzip.decompress(answer.body) if packed else answer.body).decode()


def linked(page: str) -> set[str]:
    return {
        address
        for address in re.findall(r'(?:href|src|action|formaction)="([^"#]+)', page)
        if address != "data:,"
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("small")) as running:
        yield running


@pytest.fixture(scope="module")
def walked(server: LiveServer) -> dict[str, Whole]:
    """Every page and asset that is reached from the first page, by its address."""
    parts = int(server.request("GET", "/roster/0").headers["safelight-parts"])
    todo = {"/"} | {f"/roster/{number}" for number in range(parts)}
    static = files("safelight.intake").joinpath("static")
    listed = json.loads(static.joinpath("modules.json").read_text("utf-8"))
    for script, modules in listed.items():
        todo |= {f"/static/{script}"} | {f"/static/{module}" for module in modules}
    todo |= {f"/static/{entry.name}" for entry in static.iterdir() if entry.name.endswith(".js")}
    found: dict[str, Whole] = {}
    while todo:
        path = todo.pop()
        found[path] = answer = asked(server, path)
        if "text/html" in answer.head:
            todo |= linked(unpacked(answer)) - set(found)
    return found


def test_the_walk_reaches_every_page(walked: dict[str, Whole]) -> None:
    for language in ("ru", "en"):
        for page in PAGES.keys() - {"words"}:
            assert walked[address(language, page)].status == 200
    assert walked[EXIT].status == 303
    assert f"/static/{FORM_SCRIPT}" in walked
    assert all(path.startswith("/") for path in walked), "nothing leads to another host"


def test_nothing_is_longer_than_twelve_kilobytes(walked: dict[str, Whole]) -> None:
    long = {path: answer.size for path, answer in walked.items() if answer.size >= MOST}
    assert long == {}


def test_every_answer_is_alone_on_its_connection_and_kept_nowhere(
    walked: dict[str, Whole],
) -> None:
    for path, answer in walked.items():
        assert "\r\nconnection: close" in answer.head, path
        assert "\r\ncache-control: no-store" in answer.head, path
        assert "set-cookie" not in answer.head, path
        assert "\r\netag" not in answer.head, path


def test_the_first_page_is_one_request(walked: dict[str, Whole]) -> None:
    for path in ("/", "/ru/", "/en/"):
        page = unpacked(walked[path])
        assert not re.findall(r"<(?:script|img|iframe)[^>]*\ssrc=|<link(?! rel=\"icon\")", page)
        assert walked[path].size < 5_000


@pytest.mark.parametrize("door", ["report", "smear", "letter"])
def test_what_answers_a_form_without_script_fits_too_and_tells_nothing_by_its_length(
    server: LiveServer, door: str
) -> None:
    form = question_set({"report": "what-happened", "smear": "smear-alarm"}.get(door, door))
    text = next(q for q in form.questions if q.kind == "text" and q.max_length >= 4000)
    rng = random.Random(7)
    tale = ""
    while len(tale) <= text.max_length:
        tale += " " + rng.choice(WORDS)
    sizes = set()
    for typed in (tale.strip() + "!", "я" * (text.max_length + 1)):
        fields = urlencode([(text.id, typed), ("danger", "NO"), ("consent_for", "1")]).encode()
        answer = asked(
            server,
            address("ru", door),
            method="POST",
            body=fields,
            kind="application/x-www-form-urlencoded",
        )
        assert answer.status == 422
        assert typed in unpacked(answer)
        sizes.add(len(answer.body))
        assert answer.size < MOST
    assert len(sizes) == 1, "the length of what comes back is the same for any text that fits"
    accepted = [
        asked(
            server,
            address("ru", door),
            method="POST",
            body=urlencode([(text.id, typed)]).encode(),
            kind="application/x-www-form-urlencoded",
        )
        for typed in ("я", tale.strip()[: text.max_length])
    ]
    assert [answer.status for answer in accepted] == [303, 303]
    assert len({answer.size for answer in accepted}) == 1
    sent = [asked(server, answer.leads_to) for answer in accepted]
    assert [answer.status for answer in sent] == [200, 200]
    assert {len(answer.body) for answer in sent} == sizes
    assert max(answer.size for answer in sent) < MOST


@pytest.mark.parametrize("alphabet", ["абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗ", None])
@pytest.mark.parametrize("page", ["report", "smear", "letter", "receipt"])
def test_no_text_makes_the_page_longer_and_one_that_is_cut_says_so(
    server: LiveServer, page: str, alphabet: str | None
) -> None:
    rng = random.Random(11)

    def noise(length: int) -> str:
        letters = alphabet or [chr(number) for number in range(0x4E00, 0x9000)]
        return "".join(rng.choice(letters) for _ in range(length))

    if page == "receipt":
        _, receipt = server.deposit(server.sealed(b"text"))
        texts = {"words": " ".join(receipt.words("ru")), "text": noise(30_000)}
    else:
        form = question_set({"report": "what-happened", "smear": "smear-alarm"}.get(page, page))
        asked_for = [question for question in form.questions if question.kind == "text"]
        texts = {question.id: noise(question.max_length + 5000) for question in asked_for}
    body = "".join(
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in texts.items()
    )
    answer = asked(
        server,
        address("ru", page),
        method="POST",
        body=f"{body}--B--\r\n".encode(),
        kind="multipart/form-data; boundary=B",
    )
    assert answer.size < MOST
    shown = unpacked(answer)
    assert "слишком длинным" in shown
    came = re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", shown)
    assert any(text.startswith(max(came, key=len)) for text in texts.values())
    assert len(max(came, key=len)) > 1000, "as much of it as there is room for"
