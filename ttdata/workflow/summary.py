"""The closing text of a build: tables, rows, requests, digest, and what to do next."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

from ttdata.audit.report import one_line, read_report
from ttdata.build.labels import LabelTable, label_tables
from ttdata.build.removed import sentence as removed_sentence
from ttdata.errors import NotCollected
from ttdata.plan.due_again import notices
from ttdata.plan.model import DatasetPlan
from ttdata.plan.plan import Plan
from ttdata.plan.status import status
from ttdata.program import program
from ttdata.tables.files import opened
from ttdata.text import folded, some


def summary(plan: Plan) -> str:
    """The summary of a study's datasets, at most 80 columns wide. NotCollected if one is not built."""
    state = status(plan)
    blocks = [_dataset_text(plan, dataset) for dataset in plan.datasets]
    requests = (
        f"Requests sent: {state.sent:,} ({plan.daily:,} per day are allowed), {state.wasted:,} of them unnecessary."
    )
    if state.has_others:
        requests += f" The study uses {state.used:,} of them by now."
    evidence = [folded(each) for each in state.evidence()]
    first = plan.datasets[0].name
    dataset, page = (path(first).absolute() for path in (plan.folder.dataset, plan.folder.page))
    file = shlex.quote(str(dataset))
    query = f'duckdb.connect("{dataset}") in Python'
    if plan.datasets[0].is_in_parquet:
        query = f"{program()} open {file} prints the code"
    next_steps = (
        "Next:\n"
        f"  query it        {query}\n"
        f"  export it       {program()} export {file} --to csv,sqlite\n"
        f"  check it        {page} shows what was requested and returned\n"
        f"  compare it      {program()} digest {file}\n"
        "  change it       edit the study and build again: only what is new is requested"
    )
    later = [f"{folded(sentence)}\n" for sentence in notices(plan)]
    return "\n".join([*blocks, folded(requests), *evidence, "", *later, next_steps])


def as_json(plan: Plan) -> dict[str, Any]:
    """The same for programs: the file, rows and digest of each dataset, and what the study has cost."""
    state = status(plan)
    datasets = {}
    for dataset in plan.datasets:
        built = _built(plan, dataset)
        report = plan.folder.report(dataset.name)
        findings = read_report(report)["findings"] if report.exists() else None
        file = str(built.path.absolute())
        rows = {**built.rows, **{each.name: each.rows for each in built.labels}}
        labels = {each.name: asdict(each) for each in built.labels}
        datasets[dataset.name] = {"file": file, "rows": rows, "digest": built.digest, "findings": findings}
        datasets[dataset.name] |= {"labels": labels} if labels else {}
    return {"study": plan.study, "datasets": datasets, "requests_sent": state.sent, "wasted": state.wasted}


@dataclass(frozen=True)
class _Built:
    """What a dataset file says about itself."""

    path: Path
    rows: Mapping[str, int]
    digest: str
    unknown: list[str]
    removed: str
    lost: list[tuple[str, str]]
    gone: int
    labels: list[LabelTable]


def _built(plan: Plan, dataset: DatasetPlan) -> _Built:
    """Raises NotCollected if there is no such file."""
    path = plan.folder.dataset(dataset.name)
    if not path.exists():
        raise NotCollected(f"{path} is not built yet. Build it: {program()} build STUDY")
    with opened(path) as con:
        rows = {table: con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in dataset.tables}
        ((digest,),) = con.execute("SELECT digest FROM study").fetchall()
        unknown = con.execute("SELECT DISTINCT unnest(unknown) FROM slices ORDER BY 1").fetchall()
        lost = "SELECT username, refused FROM accounts_lost ORDER BY 1" if "users" in dataset.tables else ""
        return _Built(
            path,
            rows,
            digest,
            [field for (field,) in unknown],
            removed_sentence(con),
            con.execute(lost).fetchall() if lost else [],
            con.execute("SELECT count(*) FROM videos_gone").fetchall()[0][0] if dataset.slices else 0,
            label_tables(con),
        )


def _dataset_text(plan: Plan, dataset: DatasetPlan) -> str:
    built = _built(plan, dataset)
    counts = built.rows
    width = max(14, *map(len, counts), *(len(each.name) for each in built.labels))
    lines = [f"Built {built.path}", "", f"  {'table':{width}} {'rows':>9}", f"  {'-' * width} {'-' * 9}"]
    lines += [f"  {table:{width}} {rows:9,}" for table, rows in counts.items()]
    lines += [f"  {each.name:{width}} {each.rows:9,}" for each in built.labels]
    lines += ["", f"  digest {built.digest}"]
    lines += [f"  digest {each.digest}, of {each.name}" for each in built.labels]
    lines += [indent(folded(str(epoch), 77), "  ") for epoch in plan.epochs(dataset.name)]
    report = plan.folder.report(dataset.name)
    if report.exists():
        lines += [f"  {one_line(read_report(report), plan.folder)}"]
    if built.gone:
        lines += [f"  {built.gone:,} videos found before are no longer found; they are in videos_gone."]
    if built.lost:
        names = some([f"{name} ({refused})" for name, refused in built.lost])
        lines += [indent(folded(f"No longer available since an earlier wave: {names}.", 77), "  ")]
    if built.removed:
        lines += [indent(folded(built.removed, 77), "  ")]
    if built.unknown:
        lines += [f"  The API sent fields that no table has yet: {', '.join(built.unknown)}."]
    return "\n".join([*lines, ""])
