"""The lines of a raw file in the present format."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ttapi import ENDPOINTS
from ttapi.answer import OK
from ttapi.strict_json import InvalidJson, parse_text
from ttdata.files import replace
from ttdata.source_kinds import ITEM_KEYS
from ttdata.store.fitting import NOTHING, Fitted, fit
from ttdata.store.formats import FORMAT
from ttdata.store.page_body import stored_body
from ttdata.store.raw_files import frame_of, frames

_BODY = b', "body": '


def read(path: Path) -> list[bytes]:
    """The lines of a raw file."""
    with path.open("rb") as file:
        return [text for _, text in frames(file, path)]


def upgraded(lines: Sequence[bytes], fields: tuple[str, ...]) -> list[bytes]:
    """Lines in the present format, numbered from 0. fields: those that an earlier format requested."""
    return [_upgraded(seq, line, fields) for seq, line in enumerate(lines)]


def write(path: Path, lines: Sequence[bytes]) -> None:
    """Replace a raw file by these lines."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(b"".join(map(frame_of, lines)))
    replace(temporary, path)


def merged(first: Sequence[bytes], second: Sequence[bytes]) -> list[bytes]:
    """The lines of two raw files, in order; of an item that both have, those of the file with more records of it."""
    ours, theirs = _by_item(first), _by_item(second)
    return [
        line
        for item in {**ours, **theirs}
        for line in max(ours.get(item, []), theirs.get(item, []), key=lambda some: (_records(some), len(some)))
    ]


def has_set_aside(lines: Sequence[bytes]) -> bool:
    """Whether records were set aside in some lines of the present format."""
    return any(each["action"] == "set_aside" for line in lines for each in _head(line)["oddities"])


def _by_item(lines: Sequence[bytes]) -> dict[str, list[bytes]]:
    items: dict[str, list[bytes]] = {}
    for line in lines:
        request = _head(line)["request"]
        items.setdefault(next(str(request[key]) for key in ITEM_KEYS if key in request), []).append(line)
    return items


def _records(lines: Sequence[bytes]) -> int:
    return sum(each["records"] for each in map(_head, lines) if each["code"] == OK)


def _head(line: bytes) -> dict[str, Any]:
    """A line without its body."""
    head: dict[str, Any] = json.loads(line[: line.index(_BODY)] + b"}")
    return head


def _upgraded(seq: int, line: bytes, fields: tuple[str, ...]) -> bytes:
    stored = _head(line)
    text, body = stored.pop("text"), line[line.index(_BODY) + len(_BODY) :].rstrip()[:-1]
    if stored.get("format") == FORMAT:
        stored["seq"] = seq
        return _line(stored, text, body)
    if body != b"null":
        received = text.encode() if text is not None else body
        fitted = _fitted(stored, received)
        body, text = stored_body(received, fitted)
        stored |= {"records": fitted.records, "keys": fitted.keys} if stored["code"] == OK else {}
    else:
        fitted = NOTHING
    oddities = [asdict(each) for each in fitted.oddities]
    return _line({"format": FORMAT, **stored, "seq": seq, "fields": fields, "oddities": oddities}, text, body)


def _fitted(stored: dict[str, Any], received: bytes) -> Fitted:
    if stored["code"] != OK:
        return NOTHING
    try:
        answer = parse_text(received.decode())
    except InvalidJson:
        answer = json.loads(received)
    data = answer.get("data") if isinstance(answer, dict) else None
    return fit(ENDPOINTS[stored["endpoint"]], stored["request"], data if isinstance(data, dict) else {})


def _line(stored: dict[str, Any], text: str | None, body: bytes) -> bytes:
    head = json.dumps(stored).encode()[:-1] + b', "text": ' + json.dumps(text, ensure_ascii=False).encode()
    return head + _BODY + body + b"}\n"
