"""Run the pages of readers, and write into them what their commands print now, and beside them their figures.

python -m tests.pages                     all readers
python -m tests.pages tutorial donated-ids
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pages.blocks import figures
from tests.pages.runner import Reader, readers


def write(name: str) -> None:
    with TemporaryDirectory() as home:
        reader = Reader(Path(home).resolve())
        for page in readers()[name]:
            text = reader.read(page)
            page.write_text(text, "utf-8")
            for figure in figures(text):
                shutil.copy(reader.here / figure, page.parent / "figures" / figure)
    print(f"{name}: {reader.run} blocks run, {len(reader.differences)} changed", *reader.skipped, sep="\n  ")


if __name__ == "__main__":
    for each in sys.argv[1:] or readers():
        write(each)
