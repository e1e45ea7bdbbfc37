"""A folder with a dataset of each of the designs, and a page that says what they are."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ttdata.audit.report import make_report
from ttdata.errors import Fault
from ttdata.files import write_atomically
from ttdata.plan.plan import Plan
from ttdata.program import program
from ttdata.publish.contents import INVENTED, LOW_BITS, MOCK_BITS, contents
from ttdata.serial.build import build_study
from ttdata.store.paths import Folder
from ttdata.study.templates import STUDIES, STUDY, copy_template, templates
from ttdata.text import count

PAGE = "README.md"
_TITLE = "# Sample datasets"


class NotSamples(Fault):
    """The folder has something else in it. Name another one, or an empty one."""


@dataclass(frozen=True)
class Sample:
    """A built sample. rows: by table; requests: that were sent now; is_invented: whether it says so itself.

    ids, watermarked: of its videos and comments, and how many of these have the mock's watermark.
    """

    name: str
    about: str
    file: Path
    rows: dict[str, int]
    requests: int
    is_invented: bool
    ids: int
    watermarked: int


def designs() -> dict[str, str]:
    """The designs by name, each with a sentence."""
    names = {path.stem for path in STUDIES.glob("*.yaml")}
    return {name: about for name, about in templates().items() if name in names}


def build_samples(root: Path, say: Callable[[str], None]) -> list[Sample]:
    """Build a dataset of each design below `root`; say: called with a line for each. A stopped run continues.

    Raises NotSamples, and what `build_study` raises.
    """
    page = root / PAGE
    is_ours = page.exists() and page.read_text("utf-8").startswith(_TITLE)
    if root.exists() and not is_ours and (not root.is_dir() or any(root.iterdir())):
        raise NotSamples(f"{root} exists and is not a folder of samples. Name another folder: init --sample FOLDER")
    root.mkdir(parents=True, exist_ok=True)
    write_atomically(page, f"{_TITLE}\n\n{INVENTED} This folder is not complete yet.\n")
    samples: list[Sample] = []
    for name, about in designs().items():
        folder = Folder(root / name)
        if not (folder.root / STUDY).exists():
            copy_template(name, folder.root)
        plan, sent = build_study(folder.root / STUDY, folder)
        for dataset in plan.datasets:
            folder.report(dataset.name).parent.mkdir(parents=True, exist_ok=True)
            make_report(dataset.name, folder)
        built = [_sample(plan, each.name, about, sent) for each in plan.datasets]
        for sample in built:
            rows = ", ".join(f"{number:,} {table}" for table, number in list(sample.rows.items())[:4])
            say(f"{name:24}{rows}")
        samples += built
    write_atomically(page, _page(root, samples))
    return samples


def _sample(plan: Plan, dataset: str, about: str, requests: int) -> Sample:
    file = plan.folder.dataset(dataset)
    with contents(file) as known:
        tables = [table for table in plan.dataset(dataset).tables if table in {each.name for each in known.tables}]
        rows = {table: known.con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in tables}
        ids, watermarked = _watermarks(known.con, [table for table in ("videos", "comments") if table in rows])
        return Sample(plan.folder.root.name, about, file, rows, requests, known.about.is_invented, ids, watermarked)


def _watermarks(con: duckdb.DuckDBPyConnection, tables: list[str]) -> tuple[int, int]:
    """The ids of some tables, and how many of them have the mock's watermark."""
    query = f"SELECT count(*), count(*) FILTER (id & {LOW_BITS} = {MOCK_BITS}) FROM {{}}"
    counts = [con.execute(query.format(table)).fetchall()[0] for table in tables]
    return sum(ids for ids, _ in counts), sum(marked for _, marked in counts)


def summary(root: Path, samples: list[Sample]) -> str:
    """What was built, and what it is for."""
    invented = sum(sample.is_invented for sample in samples)
    ids, marked = (sum(getattr(sample, name) for sample in samples) for name in ("ids", "watermarked"))
    return "\n".join(
        [
            f"{count(len(samples), 'dataset')} in {root}. {INVENTED}",
            f"{invented} of {len(samples)} say so themselves, and so do their exports.",
            f"{marked:,} of {ids:,} ids of videos and comments have the mock's watermark.",
            f"Begin with {root / PAGE}. Look at one: {program()} show --dataset {samples[0].file}",
        ]
    )


def _page(root: Path, samples: list[Sample]) -> str:
    lines = [
        _TITLE,
        "",
        f"**{INVENTED}**",
        "",
        "Use them to teach, to try an analysis, or to show in an application for access what you would collect. Do not",
        "draw conclusions from them. Ids of videos and comments have the mock's watermark: "
        f"`id & {LOW_BITS}` is {MOCK_BITS}.",
        "",
        "| design | what it is | dataset | rows | requests |",
        "| --- | --- | --- | --- | ---: |",
    ]
    for each in samples:
        rows = ", ".join(f"{number:,} {table}" for table, number in each.rows.items())
        file = each.file.relative_to(root)
        lines.append(f"| [{each.name}]({each.name}/{STUDY}) | {each.about} | `{file}` | {rows} | {each.requests:,} |")
    lines += [
        "",
        "Each folder is a study of its own, with its raw pages and, in `reports/`, its audit. Change `config.yaml`",
        "there and build again with `ttdata build`. For the real API, replace `base_url: mock` and remove `tenant`.",
        "",
    ]
    return "\n".join(lines)
