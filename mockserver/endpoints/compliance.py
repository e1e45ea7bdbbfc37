"""Batch compliance: a list of ids goes in, the ids that are still public come out."""

import re
from email.parser import BytesParser
from email.policy import HTTP

import numpy as np

from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.search import parameters
from mockserver.world.hashing import Ints, ints

MOST_IDS = 10_000


def create(call: Call) -> Data:
    """Start a task: a form with a file `file_data`, one id per line, and a `category`."""
    parts = _read_form(call.body["content_type"], call.body["raw"])
    category = parts.get("category", b"").decode("utf-8", "replace").strip()
    if category not in ("video", "comment"):
        raise Refusal("parameter", "`category` must be video or comment.")
    if "file_data" not in parts:
        raise Refusal("file", "`file_data` is missing.")
    ids = _read_ids(parts["file_data"])
    public = _public_videos(call, ids) if category == "video" else _public_comments(call, ids)
    return {"task_id": call.tenant.remember_task("".join(f"{each}\n" for each in public).encode())}


def status(call: Call) -> Data:
    ready, _ = _task(call)
    return {"task_status": "Completed" if call.now >= ready else "Processing"}


def download(call: Call) -> bytes:
    ready, result = _task(call)
    if call.now < ready:
        raise Refusal("not-found", "The task is still processing.")
    return result


def _task(call: Call) -> tuple[int, bytes]:
    task = call.tenant.tasks.get(parameters.required_integer(call.body, "task_id"))
    if task is None:
        raise Refusal("not-found", "`task_id` is invalid: cannot find the task")
    return task


def _read_form(content_type: str, raw: bytes) -> dict[str, bytes]:
    """The parts of a multipart body by name. A wrong content type is accepted: the documents' own example has one."""
    if "boundary=" not in content_type:
        boundary = re.match(rb"\s*--([^\r\n]{1,70})", raw)
        if not boundary:
            raise Refusal("file", "The body must be multipart/form-data with file_data and category.")
        content_type = f'multipart/form-data; boundary="{boundary[1].decode("latin-1").strip()}"'
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + raw)
    parts: dict[str, bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            parts[name] = content
    return parts


def _read_ids(file: bytes) -> list[int]:
    words = re.split(rb"[\s,]+", file.removeprefix(b"\xef\xbb\xbf").strip())
    if words == [b""]:
        raise Refusal("file", "The file holds no id.")
    if len(words) > MOST_IDS:
        raise Refusal("file", f"The file holds more than {MOST_IDS:,} ids.")
    if not all(word.isdigit() and len(word) < 20 and int(word) < 1 << 63 for word in words):
        raise Refusal("file", "The file holds something that is not an id.")
    return [int(word) for word in words]


def _public_videos(call: Call, video_ids: list[int]) -> list[int]:
    ids: Ints = np.array(video_ids, dtype=np.int64)
    index = call.world.timeline.find(ids)
    videos = call.world.videos(np.maximum(index, 0))
    is_public = (index >= 0) & videos.public(call.now)
    if rows := call.tenant.rows:
        is_public |= rows.public(ints([rows.find_video(each) or 0 for each in video_ids]), call.now)
    public: list[int] = ids[is_public].tolist()
    return public


def _public_comments(call: Call, comment_ids: list[int]) -> list[int]:
    ids: Ints = np.array(comment_ids, dtype=np.int64)
    is_public = call.world.public_comments(ids, call.now)
    if rows := call.tenant.rows:
        is_public |= rows.public_comments(ids, call.now)
    public: list[int] = ids[is_public].tolist()
    return public
