"""Who may ask for what, decided without remembering anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Never

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host

from safelight.intake.pages.refusal_page import answer_refusal
from safelight.intake.refusal import RefusedError

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class KnownHost:
    """Answer only to the names the operator gave (`safelight serve --host`).

    No page contains an absolute address, so a false Host cannot poison a link; the
    check is what makes `Origin` comparable below, and it stops DNS rebinding.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        domain, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
        if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
            refused = RefusedError(
                421,
                "unknown-host",
                expected="one of the names this server was started with",
                got="another name",
                next_step="the operator adds the name with `safelight serve --host`",
            )
            return answer_refusal(request, refused)
        return self.get_response(request)


class SameOriginWrites:
    """Refuse a write that another site makes a browser send. Nothing is remembered for it.

    `Sec-Fetch-Site` decides where a browser sends it. Where it does not, `Origin` must
    name this host. `Origin: null` without `Sec-Fetch-Site` is let through: under our
    own `Referrer-Policy: no-referrer` an older browser sends exactly that with our own
    form (Fetch standard, "append a request Origin header"), and a reporter who is turned
    away loses more than another junk report costs. Programs send neither header.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in _SAFE and not _from_here(request):
            refused = RefusedError(
                403,
                "cross-site",
                expected="a request from this site's own page",
                got="one from another site",
                next_step="open the form here and send it from there",
            )
            return answer_refusal(request, refused)
        return self.get_response(request)


def _from_here(request: HttpRequest) -> bool:
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.META.get("HTTP_ORIGIN")
    if origin in {None, "null"}:
        return True
    # The scheme is the proxy's business; host and port must be ours.
    return str(origin).partition("://")[2] == str(request.META.get("HTTP_HOST", ""))


class NoFileIsTaken(FileUploadHandler):
    """Stands where Django would write large uploads to a temporary file.

    Views read bodies themselves and never parse multipart; if one ever does, it fails here.
    """

    def new_file(self, *args: object, **kwargs: object) -> Never:
        del args, kwargs
        raise RefusedError(
            415,
            "no-files",
            expected="text answers",
            got="a file",
            next_step="send the report without the file; a caseworker can ask for it later",
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Never:
        raise NotImplementedError

    def file_complete(self, file_size: int) -> Never:
        raise NotImplementedError
