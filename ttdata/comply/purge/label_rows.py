"""The rows of label files that are about erased records, or quote them."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ttdata.files import write_bytes
from ttdata.plan.plan import Plan

IsErased = Callable[[str], bool]
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def label_files(plan: Plan) -> list[Path]:
    """The files of labels of all datasets that exist in the folder of the study."""
    names = dict.fromkeys(each.file for dataset in plan.datasets for each in dataset.labels)
    return [path for name in names if (path := plan.folder.root / name).is_file()]


def rows_to_remove(path: Path, is_erased: IsErased) -> int:
    """How many rows a file has that contain something erased."""
    return sum(is_erased(text) for text in _rows(_read(path))[1:])


def remove_rows(path: Path, is_erased: IsErased) -> None:
    """Remove these rows. The others stay as they are, byte for byte."""
    rows = _rows(_read(path))
    kept = [text for number, text in enumerate(rows) if number == 0 or not is_erased(text)]
    if len(kept) < len(rows):
        write_bytes(path, "".join(kept).encode("utf-8", "surrogateescape"))


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def _rows(text: str) -> Sequence[str]:
    """The rows as they are in the file: a quoted cell may have line breaks."""
    lines = [line for line in _LINE.findall(text) if line]
    counts = list(_lines_per_row(lines))
    ends = [sum(counts[: number + 1]) for number in range(len(counts))]
    return ["".join(lines[end - size : end]) for end, size in zip(ends, counts, strict=True)]


def _lines_per_row(lines: Sequence[str]) -> Iterator[int]:
    reader = csv.reader(io.StringIO("".join(lines), newline=""))
    before = 0
    for _ in reader:
        yield reader.line_num - before
        before = reader.line_num
