"""What a purge is to erase, and which records that are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ttapi import read_video_id
from ttapi.handles import read_handle
from ttdata.comply.record import records
from ttdata.errors import Fault
from ttdata.plan.plan import Plan
from ttdata.program import program
from ttdata.store.erasing import Targets

Kind = Literal["gone", "user", "video", "all"]
TITLES: Mapping[Kind, str] = {
    "gone": "records that the last refresh did not find",
    "user": "an account, on request",
    "video": "a video, on request",
    "all": "everything, at the end of a project",
}


class _Everything:
    """A container that has every record."""

    def __contains__(self, record: object) -> bool:
        return True


@dataclass(frozen=True)
class Request:
    """What is to be erased. of: the handle in lower case, or the id of the video; "" otherwise."""

    kind: Kind
    of: str = ""

    @classmethod
    def user(cls, text: str) -> "Request":
        """An account by its handle, with or without @, or by the address of its profile. Raises Fault."""
        handle = read_handle(text)
        if handle is None:
            raise Fault(f"{text!r} is not the name of an account. Example: --user anna.example")
        return cls("user", handle.casefold())

    @classmethod
    def video(cls, text: str) -> "Request":
        """A video by its id or its address. Raises Fault."""
        number = read_video_id(text)
        if number is None:
            raise Fault(f"{text!r} is not the id of a video. Example: --video 7302470379501604128")
        return cls("video", str(number))


def targets_of(request: Request, plan: Plan) -> Targets:
    """The records that a request names. Raises Fault if it is not known which they are."""
    if request.kind == "user":
        return Targets(people=frozenset({request.of}))
    if request.kind == "video":
        return Targets(videos=frozenset({request.of}))
    if request.kind == "all":
        return Targets(_Everything(), _Everything(), _Everything(), frozenset())
    return _gone(plan)


def _gone(plan: Plan) -> Targets:
    finished = [
        [each for each in records(plan.folder, dataset.name) if each.is_finished][-1:] for dataset in plan.datasets
    ]
    last = [record for some in finished for record in some]
    if not last:
        raise Fault(
            f"No refresh was finished here, so nothing is known to be gone. Run: {program()} refresh (with --early if "
            "none is due)"
        )
    gone = [record.gone_ids() for record in last]
    return Targets(
        videos=frozenset().union(*(each["video"] for each in gone)),
        comments=frozenset().union(*(each["comment"] for each in gone)),
        accounts=frozenset(name.casefold() for each in gone for name in each["user"]),
    )
