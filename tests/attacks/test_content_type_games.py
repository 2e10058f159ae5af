"""Threat: content-type-games: A request names an encoding that Python knows as a codec but not as
text, or writes a parameter in a form that breaks its reader; it is answered as if it had not said
so, no error reaches the log, and forms arrive as ever.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.server.expected_body import plain_type
from tests.support.live_server import live_server
from tests.support.raw_http import exchange, head

BODY = b'--B\r\nContent-Disposition: form-data; name="words"\r\n\r\nabc\r\n--B--\r\n'
CODECS = ("base64", "rot13", "punycode", "zlib", "hex", "undefined", "unicode_escape", "é")


@pytest.mark.live
def test_no_codec_and_no_parameter_breaks_a_request(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        for codec in CODECS:
            told = head(server, "GET", "/collect?after=1", f"Content-Type: a/b; charset={codec}")
            assert exchange(server, told)[0] == 401, codec
        for kind in (
            "text/plain; charset*=bogus''x",
            "text/plain; a*='x",
            "a; b; c*=d",
            f"{'x' * 5000}/y",
        ):
            told = head(server, "GET", "/en/", f"Content-Type: {kind}")
            assert exchange(server, told)[0] == 200, kind
        for kind, status in (
            ("multipart/form-data; boundary=B; charset=base64", 200),
            ('Multipart/Form-Data; charset*=bogus; BOUNDARY="B"', 200),
            ("multipart/form-data; boundary*=bogus''B", 200),
            ("multipart/form-data; boundary=" + "é" * 99, 200),
        ):
            told = head(
                server, "POST", "/en/4", f"Content-Type: {kind}", f"Content-Length: {len(BODY)}"
            )
            assert exchange(server, told, BODY)[0] == status, kind
        assert "broken" not in server.logs()


@pytest.mark.parametrize(
    ("untrusted", "plain"),
    [
        ("Text/Plain; charset=koi8-r", "text/plain"),
        ("multipart/form-data; boundary=----WebKitFormBoundaryA1", None),
        ("multipart/form-data; boundary=geckoformboundary1; x=y", None),
        ('multipart/form-data; boundary="a=b:c"', 'multipart/form-data; boundary="a=b:c"'),
        ("multipart/form-data; boundary=", "multipart/form-data"),
        ('multipart/form-data; boundary="a\r\nb"', "multipart/form-data"),
        ("application/offset+octet-stream", "application/offset+octet-stream"),
        ("nothing", ""),
        ("", ""),
    ],
)
def test_the_kind_and_the_boundary_are_all_that_is_kept(untrusted: str, plain: str | None) -> None:
    if plain is None:
        boundary = untrusted.partition("boundary=")[2].partition(";")[0]
        plain = f'multipart/form-data; boundary="{boundary}"'
    assert plain_type(untrusted) == plain
