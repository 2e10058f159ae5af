"""Take chosen files into memory: what a stick holds must not become a temporary file."""

from __future__ import annotations

import io
from typing import Any, Final

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from safelight.errors import SafelightError
from safelight.sealing.envelope import PADDED_SIZES

# One byte more than the largest envelope is kept: enough to see that a file is none.
_MOST_OF_A_FILE: Final = max(PADDED_SIZES) + 1
_MOST_AT_ONCE: Final = 128 * 1024 * 1024


class TooMuchAtOnceError(SafelightError):
    """More bytes in one form than the desk takes into memory."""


class MemoryOnly(FileUploadHandler):
    """Keeps each file in memory up to the size of the largest envelope, and drops the rest."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  # Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        if content_length > _MOST_AT_ONCE:
            raise TooMuchAtOnceError(
                f"these files have {content_length} bytes together; at most {_MOST_AT_ONCE} are "
                "taken at once. Choose fewer, or use `safelight desk fetch --folder`"
            )

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._content = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self._content.write(raw_data[: max(0, _MOST_OF_A_FILE - self._content.tell())])
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._content.seek(0)
        return InMemoryUploadedFile(
            file=self._content,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type or "",
            size=len(self._content.getvalue()),
            charset=self.charset,
        )
