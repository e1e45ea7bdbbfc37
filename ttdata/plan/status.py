"""The state of a build: each piece with its state and evidence, what they cost, and what is left to request.

A piece is a slice or a shard. Messages call it a part.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttdata.answers import verdicts
from ttdata.answers.id_batches import batches_left
from ttdata.answers.items import ItemAnswers
from ttdata.answers.verdicts import Verdict
from ttdata.answers.windows import windows_of
from ttdata.plan.canary_files import SOURCE as CANARY
from ttdata.plan.canary_files import canary_requests
from ttdata.plan.ids import missing_ids_of, receipts, selected_ids
from ttdata.plan.model import Slice, SourcePlan
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import earlier_receipts
from ttdata.plan.scope import may_overlap, searched
from ttdata.store.raw_files import Line, stored_lines
from ttdata.store.receipts import FINISHED, Receipt


@dataclass(frozen=True)
class Piece:
    """A slice or shard in its current state: `name` is what a waiver calls it, `waived` the reason of its waiver.

    period: the days of a search. fails: requests for it failed.
    state: one of a receipt's; or waiting (nothing is stored), or damaged (stored pages are gone).
    """

    name: str
    state: str
    evidence: str = ""
    waived: str | None = None
    period: str = ""
    fails: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.period})" if self.period else self.name

    @property
    def is_finished(self) -> bool:
        """Whether a build need not request it."""
        return self.state in FINISHED or self.is_waived

    @property
    def is_waived(self) -> bool:
        """Whether a build continues without it: it is incomplete, and the study waives it."""
        return self.waived is not None and self.state in ("partial", "blocked")


@dataclass(frozen=True)
class Status:
    """The state of a build.

    left     the fewest requests that could finish what is not finished
    sent     requests sent from this folder, also for searches that the study no longer has
    used     of these, the ones whose answers the study uses by now
    wasted   requests sent beyond the fewest that could have returned the same pages
    repeated requests that were sent once more, such as those that failed
    waived   the study's waivers, by piece
    """

    pieces: tuple[Piece, ...]
    left: int
    sent: int
    used: int
    wasted: int
    repeated: int
    waived: dict[str, str]

    @property
    def states(self) -> dict[str, int]:
        """Pieces by state."""
        return dict(Counter(piece.state for piece in self.pieces))

    @property
    def has_others(self) -> bool:
        """Whether requests were sent that the study no longer uses."""
        return self.used < self.sent

    @property
    def finished(self) -> int:
        return sum(piece.is_finished for piece in self.pieces)

    @property
    def is_finished(self) -> bool:
        return self.finished == len(self.pieces)

    @property
    def unfinished(self) -> list[Piece]:
        """What was requested and is not complete, waived or not."""
        return [piece for piece in self.pieces if piece.state not in (*FINISHED, "waiting")]

    @property
    def idle_waivers(self) -> list[str]:
        """Sentences about waivers that do nothing: their piece is finished, or not in this study."""
        state_of = {name: piece.state for piece in self.pieces for name in (piece.name, piece.name.partition("/")[2])}
        states = {name: state_of.get(name, "not part of this study") for name in self.waived}
        useless = (*FINISHED, "not part of this study")
        return [
            f"The waiver of {name} is not needed: it is {state}." for name, state in states.items() if state in useless
        ]

    def text(self) -> str:
        """What `ttdata status` prints."""
        by_state = Counter("waived" if piece.is_waived else piece.state for piece in self.pieces)
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(by_state.items()))
        return "\n".join(
            [
                f"{self.finished:,} of {len(self.pieces):,} parts are finished ({states}).",
                f"{self.sent:,} requests were sent, {self.wasted:,} of them unnecessary, {self.repeated:,} repeated.",
                *([f"The study uses {self.used:,} of them; the others are out of its scope by now."] * self.has_others),
                f"Requests left: at least {self.left:,}." if self.left else "Nothing is left to request.",
                *self.evidence(),
            ]
        )

    def evidence(self) -> list[str]:
        """Sentences about every piece that is not complete, and about waivers that do nothing."""
        texts = [f"{piece} is {piece.state}. {piece.evidence}" for piece in self.unfinished if not piece.waived]
        texts += [f"{piece} is {piece.state}, but waived: {piece.waived}" for piece in self.unfinished if piece.waived]
        return texts + self.idle_waivers

    @property
    def failing(self) -> list[Piece]:
        """What is not complete because requests fail, and not waived."""
        return [piece for piece in self.unfinished if piece.fails and not piece.is_finished]

    def waivers(self) -> str:
        """The lines that, in the study, waive every piece that fails, after those that are waived already."""
        rows = [{"slice": name, "reason": reason} for name, reason in self.waived.items()]
        rows += [{"slice": piece.name, "reason": piece.evidence.partition(" (log_id")[0]} for piece in self.failing]
        import yaml

        return yaml.safe_dump({"waive": rows}, sort_keys=False, width=74)

    def as_json(self) -> dict[str, Any]:
        """What `ttdata status --json` prints."""
        return {
            "requests_sent": self.sent,
            "requests_used": self.used,
            "wasted": self.wasted,
            "repeated": self.repeated,
            "requests_left": self.left,
            "slices": self.states,
            "complete": self.is_finished,
            "unfinished": [
                {"slice": piece.name, "state": piece.state, "evidence": piece.evidence, "waived": piece.waived}
                for piece in self.unfinished
            ],
            "idle_waivers": self.idle_waivers,
        }


@dataclass(frozen=True)
class _Files:
    """A slice or shard, and where its receipt and raw file belong."""

    source: str
    name: str
    receipt: Path
    pages: Path
    slice: Slice | None = None


def status(plan: Plan) -> Status:
    """Read receipts and raw files; locks nothing, requests nothing."""
    pieces, wasted = [], 0
    stored: dict[Path, list[Line]] = {}
    for files in _files(plan):
        lines = stored[files.pages] = stored_lines(files.pages)
        state, evidence, more = _state(files, lines, plan.per_slice)
        fails = state != "damaged" and any(line.failed for line in lines)
        period = f"{files.slice.start} to {files.slice.end}" if files.slice else ""
        waiver = plan.waiver(files.source, files.name)
        pieces.append(Piece(f"{files.source}/{files.name}", state, evidence, waiver, period, fails))
        wasted += more
        for receipt in map(Receipt.read, earlier_receipts(plan, files.source, files.name)):
            pages = plan.folder.root / receipt.raw
            stored[pages] = stored_lines(pages)
            wasted += receipt.requests - receipt.least
        for pages in plan.raw.doubted(files.source, files.name):
            stored[pages] = stored_lines(pages)
            wasted += len(stored[pages])
    used = sum(map(len, stored.values())) + canary_requests(plan)
    own = {*stored, *plan.raw.path.glob(f"{CANARY}/*.zst")}
    others = {path: len(stored_lines(path)) for path in plan.raw.path.glob("*/*.zst") if path not in own}
    sent = used + sum(others.values())
    used += sum(number for path, number in others.items() if _is_in_scope(plan, path))
    repeated = sum(map(_repeated, stored.values()))
    return Status(tuple(pieces), _requests_left(plan), sent, used, wasted, repeated, dict(plan.waived))


def _is_in_scope(plan: Plan, pages: Path) -> bool:
    """Whether a search that the study does not request any more can have videos in its scope."""
    receipt = Receipt.read_if_any(plan.raw.receipt(pages.parent.name, pages.name.removesuffix(".ndjson.zst")))
    if receipt is None or receipt.search is None:
        return False
    return any(may_overlap(*searched(receipt.search), dataset.scope) for dataset in plan.datasets)


def _repeated(lines: list[Line]) -> int:
    """How many of these requests had been sent before. The search_id of a page does not make it another one."""
    bodies = (json.dumps({**line.request, "search_id": None}, sort_keys=True) for line in lines)
    return len(lines) - len(set(bodies))


def _files(plan: Plan) -> Iterator[_Files]:
    raw = plan.raw
    for slice_ in plan.slices:
        name = slice_.name
        yield _Files("videos", name, raw.receipt("videos", name), raw.pages("videos", name), slice_)
    for dataset in plan.datasets:
        for source in dataset.sources:
            for shard in source.shards:
                receipt = raw.receipt(source.source, shard.receipt)
                yield _Files(source.source, shard.receipt, receipt, raw.pages(source.kind, shard.raw))


def _state(files: _Files, lines: list[Line], per_slice: int) -> tuple[str, str, int]:
    """State and evidence of a piece, and the requests that it wasted."""
    if receipt := Receipt.read_if_any(files.receipt):
        wasted = receipt.requests - receipt.least
        if len(lines) < receipt.answers:
            return "damaged", f"{files.pages} has only {len(lines):,} of {receipt.answers:,} answers.", wasted
        return receipt.state, receipt.evidence, wasted
    if not lines:
        return "waiting", "", 0
    if files.slice is None or files.slice.missing:
        wasted = sum(not line.good and not line.refused for line in lines)
        return *verdicts.of_answers(lines, per_slice), wasted
    windows = windows_of(files.slice.period, lines, drawn=files.slice.is_drawn)
    verdict = verdicts.of_search(windows, lines, per_slice)
    if verdict.state in FINISHED:
        verdict = Verdict("partial", "All pages are stored, but the job was stopped before it wrote the receipt.")
    return *verdict, len(lines) - sum(window.least for window in windows if window.last)


def _requests_left(plan: Plan) -> int:
    """A window without its last page costs a request at least; so does an item without an answer."""
    left = sum(_searches_left(plan, slice_) for slice_ in plan.slices)
    for dataset in plan.datasets:
        for source in dataset.sources:
            ids = selected_ids(plan, dataset, source)
            if ids is None:
                left += len(source.names) or (0 if source.selection.where else 1)
            else:
                left += _items_left(plan, source, ids)
    return left


def _items_left(plan: Plan, source: SourcePlan, ids: list[str]) -> int:
    left = 0
    for shard, receipt in receipts(plan, source, ids).items():
        if receipt is None:
            lines = stored_lines(plan.raw.pages(source.kind, shard.raw))
            answers = ItemAnswers(lines, source.source_kind, source.max)
            left += sum(item not in answers for item in filter(shard.holds, ids))
    return left


def _searches_left(plan: Plan, slice_: Slice) -> int:
    lines = stored_lines(plan.raw.pages("videos", slice_.name))
    if slice_.missing:
        # Nothing is known of it before the searches at the hinted days are done.
        return len(batches_left(missing_ids_of(plan, slice_) or [], lines))
    if plan.raw.receipt("videos", slice_.name).exists():
        return 0
    windows = windows_of(slice_.period, lines, drawn=slice_.is_drawn)
    return sum(not window.answered for window in windows)
