"""An S3-compatible store as a mirror (by the MinIO client, which any of them understands)."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.contrib.socks import SOCKSProxyManager

from safelight.publication.mirrors.target import (
    TOLD,
    Credentials,
    MirrorError,
    content_type,
)


class S3Mirror:
    """`s3://bucket/prefix?endpoint=https://host[&region=…]`."""

    def __init__(self, untrusted: str, credentials: Credentials, proxy: str | None) -> None:
        parts = urlsplit(untrusted)
        asked = parse_qs(parts.query, strict_parsing=bool(parts.query))
        endpoint = urlsplit(asked.get("endpoint", [""])[0])
        near = endpoint.hostname in {"127.0.0.1", "localhost"}
        if not parts.hostname or not asked.keys() <= {"endpoint", "region"}:
            raise _form()
        if endpoint.scheme not in {"https", "http"} or not endpoint.netloc:
            raise _form()
        if endpoint.scheme == "http" and not near:
            raise MirrorError("an S3 endpoint is https, so that nobody reads who writes there")
        self._bucket = parts.netloc
        self._prefix = parts.path.strip("/") + "/" if parts.path.strip("/") else ""
        self._store = Minio(
            endpoint=endpoint.netloc,
            access_key=credentials.user or None,
            secret_key=credentials.secret or None,
            secure=endpoint.scheme == "https",
            region=asked.get("region", ["us-east-1"])[0],
            http_client=_pool(proxy),
        )

    def read(self, path: str, *, largest: int) -> bytes | None:
        answer = None
        try:
            answer = self._store.get_object(
                bucket_name=self._bucket, object_name=self._prefix + path
            )
            content = answer.read(largest + 1)
        except S3Error as trouble:
            if trouble.code in {"NoSuchKey", "NoSuchObject"}:
                return None
            raise _refused("reading", _code(trouble)) from None
        except (MinioException, urllib3.exceptions.HTTPError) as trouble:
            raise _refused("reading", type(trouble).__name__) from None
        finally:
            if answer is not None:
                answer.close()
                answer.release_conn()
        if len(content) > largest:
            raise MirrorError(f"the mirror sent more than {largest} bytes; nothing of it is kept")
        return content

    def write(self, folder: Path, paths: Sequence[str], told: Callable[[str], None]) -> None:
        for path in paths:
            content = (folder / path).read_bytes()
            try:
                self._store.put_object(
                    bucket_name=self._bucket,
                    object_name=self._prefix + path,
                    data=io.BytesIO(content),
                    length=len(content),
                    content_type=content_type(path),
                )
            except (MinioException, urllib3.exceptions.HTTPError) as trouble:
                raise _refused("writing", _code(trouble)) from None
            told(path)

    def delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            try:
                self._store.remove_object(bucket_name=self._bucket, object_name=self._prefix + path)
            except (MinioException, urllib3.exceptions.HTTPError) as trouble:
                raise _refused("deleting", _code(trouble)) from None


def _pool(proxy: str | None) -> urllib3.PoolManager:
    timeout, retries = urllib3.Timeout(TOLD), urllib3.Retry(2, redirect=0)
    if proxy is None:
        return urllib3.PoolManager(timeout=timeout, retries=retries)
    if proxy.startswith("socks"):
        return SOCKSProxyManager(proxy, timeout=timeout, retries=retries)
    return urllib3.ProxyManager(proxy, timeout=timeout, retries=retries)


def _code(trouble: Exception) -> str:
    return str(trouble.code) if isinstance(trouble, S3Error) else type(trouble).__name__


def _refused(doing: str, got: str) -> MirrorError:
    # An S3 code is one word of a known list; its message is the host's own text.
    word = got if got.isalnum() and len(got) < 40 else "another answer"
    return MirrorError(
        f"{doing} at the store: expected success, got {word}; check the bucket, the endpoint, "
        "SAFELIGHT_MIRROR_USER and SAFELIGHT_MIRROR_SECRET"
    )


def _form() -> MirrorError:
    return MirrorError("an S3 mirror is s3://bucket/prefix?endpoint=https://host; got another form")
