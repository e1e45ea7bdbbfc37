"""The order of an upgrade: raw files first, then the receipts that describe them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ttdata.answers.items import ItemAnswers
from ttdata.errors import EarlierFormat, NotCollected
from ttdata.plan.names import first_round, later_raw, named_fields, round_of
from ttdata.program import program
from ttdata.source_kinds import KINDS, kind_of
from ttdata.store import builds
from ttdata.store.formats import FORMAT
from ttdata.store.paths import Folder
from ttdata.store.raw_files import Line, first_line, stored_lines
from ttdata.store.receipts import Receipt, sorted_keys
from ttdata.text import count
from ttdata.upgrade import lines as raw_lines
from ttdata.upgrade.names import present_name
from ttdata.upgrade.searches import Slices, search_of, slices_of

_PAGES, _RECEIPT = ".ndjson.zst", ".receipt.json"


def check_formats(folder: Folder) -> None:
    """Raise EarlierFormat if an earlier version wrote raw pages or receipts in this folder."""
    if files := len(earlier_receipts(folder)) + len(_undescribed_pages(folder)):
        raise EarlierFormat(
            f"An earlier version of ttdata stored {count(files, 'file')} in {folder.raw_pages}. Run this once; it "
            f"sends no request: {program()} upgrade"
        )


def earlier_receipts(folder: Folder) -> list[Path]:
    """The receipts that an earlier version wrote."""
    return [path for path in folder.raw_pages.rglob(f"*{_RECEIPT}") if _format_of(path) < FORMAT]


def _undescribed_pages(folder: Folder) -> list[Path]:
    """The raw files of an earlier version that have no receipt."""
    receipts = (_receipt(path) for path in folder.raw_pages.rglob(f"*{_RECEIPT}"))
    described = {receipt.raw for receipt in receipts if receipt}
    return [path for path in _pages(folder) if folder.stored(path) not in described and _is_earlier(path)]


def upgrade(folder: Folder) -> int:
    """Rewrite the raw files and receipts of earlier formats; returns how many.

    A raw file without its receipt keeps its answers, and the next build writes the receipt. Can be stopped at any
    moment and run again. Raises NotCollected while a build is running, and StorageFault for a damaged raw file.
    """
    held = builds.hold(folder.build)
    if held is None:
        raise NotCollected("A build is running in this folder. Run the upgrade when it has ended.")
    try:
        slices = slices_of(folder.plan)
        pages = [path for path in _pages(folder) if _is_earlier(path) or _present(path) != path]
        for path in pages:
            _rewrite_pages(path, slices)
        receipts = earlier_receipts(folder)
        for path in receipts:
            _rewrite_receipt(path, folder, slices)
    finally:
        held.release()
    return len(pages) + len(receipts)


def _pages(folder: Folder) -> Iterator[Path]:
    return iter(sorted(folder.raw_pages.rglob(f"*{_PAGES}")))


def _format_of(path: Path) -> int:
    """The format of a receipt; that of today if it is damaged, which a build repairs."""
    receipt = _receipt(path)
    return receipt.format if receipt else FORMAT


def _receipt(path: Path) -> Receipt | None:
    try:
        return Receipt.read(path)
    except NotCollected:
        return None


def _is_earlier(pages: Path) -> bool:
    line = first_line(pages)
    return line is not None and line.format < FORMAT


def _present(pages: Path) -> Path:
    """Where a raw file belongs in the present format."""
    name = present_name(pages.parent.name, pages.name.removesuffix(_PAGES)).name
    return pages.with_name(f"{name}{_PAGES}")


def _rewrite_pages(path: Path, slices: Slices) -> None:
    """Write a raw file in the present format, under its present name."""
    target, lines = _present(path), raw_lines.read(path)
    if lines:
        fields = _fields_of(path, slices)
        if target != path and target.exists():
            lines = raw_lines.merged(raw_lines.read(target), lines)
        raw_lines.write(target, raw_lines.upgraded(lines, fields))
    elif not target.exists():
        raw_lines.write(target, [])
    if target != path:
        path.unlink()


def _fields_of(path: Path, slices: Slices) -> tuple[str, ...]:
    """The fields that a raw file's requests named; () if that is unknown."""
    line, kind = first_line(path), path.parent.name
    if line is None or kind != "videos":
        return named_fields().get(line.endpoint, ()) if line and kind in KINDS else ()
    search = search_of(path.name.removesuffix(_PAGES), line.request, slices)
    return search.fields if search else ()


def _rewrite_receipt(path: Path, folder: Folder, slices: Slices) -> None:
    """Write a receipt in the present format; remove one whose numbers only a build can count again."""
    receipt = Receipt.read(path)
    raw = folder.root / receipt.raw
    kind, most = raw.parent.name, present_name(raw.parent.name, raw.name.removesuffix(_PAGES)).max
    pages = _own_pages(_present(raw), receipt)
    lines = stored_lines(pages)
    records = _records(receipt, pages, lines, kind, most) if lines else 0
    if records is None or len(lines) < receipt.answers:
        path.unlink()
        return
    search = search_of(receipt.name, lines[0].request, slices) if lines and kind == "videos" else None
    replace(
        receipt,
        raw=folder.stored(pages),
        answers=len(lines),
        records=records,
        keys=_keys(lines),
        max=most,
        search=search,
        format=FORMAT,
    ).write(path)


def _own_pages(pages: Path, receipt: Receipt) -> Path:
    """The raw file of a later round: until format 2, two sources of a kind shared one."""
    number = round_of(receipt.name)
    if receipt.source == kind_of(receipt.source) or number == 1 or not pages.exists():
        return pages
    dataset, _, shard = first_round(receipt.name).rpartition("-")
    store = pages.name.partition("-")[0]
    own = pages.with_name(f"{later_raw(f'{store}-{shard}', dataset, receipt.source, number)}{_PAGES}")
    if not own.exists():
        raw_lines.write(own, raw_lines.read(pages))
    return own


def _records(receipt: Receipt, pages: Path, lines: Sequence[Line], kind: str, most: int | None) -> int | None:
    """The records that a receipt has to state; None if that depends on items that it does not name."""
    if kind not in KINDS:
        return sum(line.records for line in lines if line.good)
    if receipt.item_ids:
        counted = ItemAnswers(lines, KINDS[kind], most).counted
        return sum(line.records for line in counted if line.good and line.item in receipt.item_ids)
    return None if raw_lines.has_set_aside(raw_lines.read(pages)) else receipt.records


def _keys(lines: Sequence[Line]) -> tuple[str, ...]:
    return sorted_keys(line for line in lines if line.good)
