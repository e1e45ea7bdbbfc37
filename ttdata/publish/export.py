"""Exports: the files of the wanted formats, a codebook, scripts that load them, and a README."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ttdata.errors import StorageFault
from ttdata.files import replace
from ttdata.publish import codebook
from ttdata.publish.contents import Contents, contents
from ttdata.publish.datapackage import datapackage
from ttdata.publish.formats.table import FORMATS, Format
from ttdata.publish.loaders import loaders, readme
from ttdata.publish.pseudonyms import Pseudonyms
from ttdata.store.paths import EXPORTED
from ttdata.tables.files import Resources

DESCRIPTOR = "datapackage.json"


def export(
    dataset: Path,
    out: Path,
    formats: Sequence[Format],
    *,
    tables: Sequence[str] = (),
    pseudonyms: Pseudonyms | None = None,
    resources: Resources = Resources(),  # noqa: B008 (immutable)
) -> list[str]:
    """Export a dataset file into a folder. Returns the names of the files that were written.

    Files of other formats that an earlier export of the same content wrote stay; those of other content are deleted.
    Raises StorageFault, and Fault if a format cannot hold the dataset or needs a package; the folder is then unchanged.
    """
    writers = [(each, each.write) for each in formats]
    with contents(dataset, tables, pseudonyms, resources) as opened:
        try:
            out.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=out, prefix=".export-") as folder:
                written = {each.name: write(opened, Path(folder)) for each, write in writers}
                earlier = _earlier(out, opened)
                by_format = {**earlier, **written}
                names = [name for each in by_format.values() for name in each]
                texts = _texts(opened, by_format)
                for name, text in texts.items():
                    Path(folder, name).write_text(text, encoding="utf-8")
                _delete_others(out, {*names, *texts})
                for name in (*(each for some in written.values() for each in some), *texts):
                    replace(Path(folder, name), out / name)
                stored = {"of": _identity(opened), "files": by_format, "texts": sorted(texts)}
                Path(out, EXPORTED).write_text(json.dumps(stored))
        except OSError as error:
            raise StorageFault(f"{error.filename or out} cannot be written: {error.strerror}.") from None
    return [*(name for some in written.values() for name in some), *texts]


def exports_folder(dataset: Path) -> Path:
    """Where the exports of a dataset are: in the folder of its study, else beside it."""
    folder = dataset.resolve().parent
    root = folder.parent if folder.name == "datasets" else folder
    return root / "exports" / dataset.stem


def _texts(opened: Contents, by_format: dict[str, list[str]]) -> dict[str, str]:
    """The files that explain the data files."""
    formats = [name for name in FORMATS if name in by_format]
    files = [(_pattern(by_format[name]), FORMATS[name].summary) for name in formats]
    names = [name for some in by_format.values() for name in some]
    return {
        "codebook.csv": codebook.as_csv(opened.tables),
        "codebook.md": codebook.as_markdown(opened),
        DESCRIPTOR: datapackage(opened, names),
        **loaders(opened, formats),
        "README.txt": readme(opened, files),
    }


def _pattern(names: list[str]) -> str:
    """How the files of one format are called."""
    return names[0] if len(names) == 1 else f"*.{names[0].split('.', 1)[1]}" if names else ""


def _identity(opened: Contents) -> list[str]:
    """What the files of an export have in common: the dataset's content, the tables and the pseudonyms."""
    names = [table.name for table in opened.tables]
    kind = "pseudonyms" if opened.pseudonyms else "names"
    return [opened.about.dataset, opened.about.digest, opened.about.software, kind, *names]


def _earlier(out: Path, opened: Contents) -> dict[str, list[str]]:
    """The files of an earlier export of the same content, by format."""
    stored = _stored(out)
    return dict(stored["files"]) if stored.get("of") == _identity(opened) else {}


def _delete_others(out: Path, names: set[str]) -> None:
    """Delete what an earlier export of other content wrote."""
    for name in (name for some in _stored(out).get("files", {}).values() for name in some):
        if name not in names and Path(name).name == name:
            (out / name).unlink(missing_ok=True)


def _stored(out: Path) -> dict[str, Any]:
    try:
        stored = json.loads((out / EXPORTED).read_text())
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}
