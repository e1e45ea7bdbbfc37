"""A place in a bucket, as few operations, and boto3's errors as sentences. Nothing else knows boto3.

The client takes credentials, region and endpoint from the environment or its usual files. They are never printed.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from ttdata.errors import Fault, MirrorInterrupted

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

EXTRA = 'pip install "ttdata[s3]"'
AT_ONCE = 8
"""Files that are transferred at the same time."""
_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")
_DIGEST = "sha256"  # the key of an object's metadata
_PIECE = 1 << 20
_ATTEMPTS = 5
_LATER = ("SlowDown", "RequestTimeout", "ServiceUnavailable", "InternalError", "RequestTimeTooSkewed", "Throttling")
_REFUSED = ("AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken")
_NO_CREDENTIALS = (
    "There are no credentials for the bucket. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put them into "
    "~/.aws/credentials."
)


@dataclass(frozen=True)
class Stored:
    """An object as a listing has it. etag: changes when its content does."""

    bytes: int
    etag: str


class Missing(Exception):
    """There is no object of this name."""


class Changed(Exception):
    """An object is not the one that was to be replaced."""


@dataclass(frozen=True)
class Bucket:
    """The objects below a prefix of a bucket, by the names that they have there.

    Every method raises MirrorInterrupted for what passes, such as a network fault, and Fault for a user's mistake.
    """

    name: str
    prefix: str

    @classmethod
    def at(cls, address: str) -> "Bucket":
        """The place that s3://BUCKET/PREFIX names. Raises Fault for any other text."""
        match = _ADDRESS.fullmatch(address)
        if not match:
            raise Fault(
                f"{address!r} is not the address of a bucket. Write s3://BUCKET/PREFIX, such as s3://my-bucket/climate."
            )
        prefix = (match["prefix"] or "").strip("/")
        return cls(match["bucket"], f"{prefix}/" if prefix else "")

    def __str__(self) -> str:
        return f"s3://{self.name}/{self.prefix}".rstrip("/")

    @cached_property
    def endpoint(self) -> str:
        """The server, without credentials that its address may have."""
        parts = urlsplit(self._client.meta.endpoint_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def listing(self) -> dict[str, Stored]:
        """All objects, by name."""
        with self._sentences():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self.prefix)
            return {
                each["Key"].removeprefix(self.prefix): Stored(each["Size"], each["ETag"])
                for page in pages
                for each in page.get("Contents", ())
            }

    def digest(self, name: str) -> str:
        """The sha256 that was stored with an object; "" if none was."""
        return self._head(name)[0]

    def send(self, name: str, file: BinaryIO, digest: str, progress: Callable[[int], object]) -> str:
        """Store a file, in parts if it is large; the server checks each. Returns the etag."""
        extra = {"Metadata": {_DIGEST: digest}, "ChecksumAlgorithm": "SHA256"}
        with self._sentences():
            self._client.upload_fileobj(file, self.name, self.prefix + name, ExtraArgs=extra, Callback=progress)
        stored, etag = self._head(name)
        if stored != digest:
            raise MirrorInterrupted(str(self), f"another program replaced {name}")
        return etag

    def _head(self, name: str) -> tuple[str, str]:
        with self._sentences():
            head = self._client.head_object(Bucket=self.name, Key=self.prefix + name)
            return str(head["Metadata"].get(_DIGEST, "")), str(head["ETag"])

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of an object, in pieces. Raises Missing."""
        with self._sentences():
            yield from self._answer(name)["Body"].iter_chunks(_PIECE)

    def read(self, name: str, most: int) -> tuple[bytes, str]:
        """The content and the etag of an object of at most so many bytes. Raises Missing."""
        with self._sentences():
            answer = self._answer(name)
            content: bytes = answer["Body"].read(most + 1)
        if len(content) > most:
            raise Fault(f"{name} in {self} has more than {most:,} bytes, so ttdata did not write it.")
        return content, str(answer["ETag"])

    def replace(self, name: str, content: bytes, etag: str) -> None:
        """Store a small object in the place of the one with this etag; "": there is none. Raises Changed."""
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        with self._sentences():
            try:
                self._client.put_object(
                    Bucket=self.name,
                    Key=self.prefix + name,
                    Body=BytesIO(content),
                    ContentType="application/json",
                    **condition,
                )
            except self._client.exceptions.ClientError as error:
                if _code(error) in ("PreconditionFailed", "412", "ConditionalRequestConflict"):
                    raise Changed from None
                raise

    def _answer(self, name: str) -> Any:
        try:
            return self._client.get_object(Bucket=self.name, Key=self.prefix + name)
        except self._client.exceptions.NoSuchKey:
            raise Missing(name) from None

    @cached_property
    def _client(self) -> Any:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ModuleNotFoundError as error:
            raise Fault(f"A bucket needs the package {error.name}. Install it: {EXTRA}") from None
        config = Config(
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=4 * AT_ONCE,
        )
        try:
            return boto3.client("s3", config=config)
        except (BotoCoreError, ValueError) as error:
            raise _bad_settings(error) from None

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        self._client  # noqa: B018 (it says which package is missing)
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            HTTPClientError,
            IncompleteReadError,
            NoCredentialsError,
            PartialCredentialsError,
        )
        from botocore.exceptions import ConnectionError as NotConnected

        try:
            yield
        except (NoCredentialsError, PartialCredentialsError):
            raise Fault(_NO_CREDENTIALS) from None
        except ClientError as error:
            raise self._refusal(error) from None
        except (NotConnected, HTTPClientError, IncompleteReadError, Boto3Error, OSError) as error:
            raise MirrorInterrupted(str(self), _reason(error)) from None
        except BotoCoreError as error:
            raise _bad_settings(error) from None

    def _refusal(self, error: "ClientError") -> Fault:
        code, status = _code(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "NoSuchBucket":
            return Fault(f"There is no bucket {self.name}. Create it, or correct the address.")
        if code in _REFUSED:
            return Fault(f"The server does not allow this on {self} with your credentials ({code}).")
        if code in _LATER or status >= 500 or status == 429:
            return MirrorInterrupted(str(self), f"the server answered {code}")
        return Fault(f"The server refused a request about {self}: {code}.")


def _code(error: "ClientError") -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _bad_settings(error: Exception) -> Fault:
    # An address can have a password before its @.
    text = re.sub(r"\S+@", "", str(error)).strip().rstrip(".")
    return Fault(f"The settings for the bucket cannot be used: {text}.")


def _reason(error: Exception) -> str:
    """What happened to a connection, without the address, which may have credentials."""
    name = type(error).__name__
    return (
        "the connection failed" if "Connect" in name or "Endpoint" in name else "the connection was closed or too slow"
    )
