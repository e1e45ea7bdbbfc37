"""What a finished build is told to its user: tables, rows, requests, digest, and what to do next."""

from textwrap import indent

from ttdata import layout, report
from ttdata.epochs import Epoch
from ttdata.errors import NotCollected
from ttdata.outlook import outlook
from ttdata.plan import DatasetPlan, Plan
from ttdata.progress import progress
from ttdata.tables.files import opened
from ttdata.text import folded


def summary(plan: Plan) -> str:
    """The summary of a study's datasets, at most 80 columns wide. NotCollected if one is not built."""
    cost = progress(plan)
    blocks = [_dataset(dataset, plan.epochs(dataset.name)) for dataset in plan.datasets]
    requests = (
        f"Requests sent: {cost.sent:,} (a day allows {plan.daily:,}), {cost.wasted:,} of them more than necessary."
    )
    waived = [folded(each) for each in cost.evidence()]
    first = layout.dataset(plan.datasets[0].name)
    next_steps = (
        "Next:\n"
        f'  query it        duckdb.connect("{first}") in Python or R\n'
        f"  check it        {layout.page(plan.datasets[0].name)} says what was asked and what came\n"
        f"  compare it      python -m ttdata digest {first}\n"
        "  change it       edit the study and build again: only what is new is asked for"
    )
    coming = [f"{folded(sentence)}\n" for sentence in outlook(plan)]
    return "\n".join([*blocks, requests, *waived, "", *coming, next_steps])


def _dataset(dataset: DatasetPlan, epochs: list[Epoch]) -> str:
    path = layout.dataset(dataset.name)
    if not path.exists():
        raise NotCollected(f"{path} is not built yet. Run make.")
    with opened(path) as con:
        counts = {table: con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in dataset.tables}
        ((digest,),) = con.execute("SELECT digest FROM study").fetchall()
        unknown = con.execute("SELECT DISTINCT unnest(unknown) FROM slices ORDER BY 1").fetchall()
        ((gone,),) = con.execute("SELECT count(*) FROM videos_gone").fetchall() if dataset.slices else [(0,)]
    width = max(14, *map(len, counts))
    lines = [f"Built {path}", "", f"  {'table':{width}} {'rows':>9}", f"  {'-' * width} {'-' * 9}"]
    lines += [f"  {table:{width}} {rows:9,}" for table, rows in counts.items()]
    lines += ["", f"  digest {digest}"]
    lines += [indent(folded(str(epoch), 77), "  ") for epoch in epochs]
    if layout.report(dataset.name).exists():
        lines += [f"  {report.line(report.read(layout.report(dataset.name)))}"]
    if gone:
        lines += [f"  {gone:,} videos found before were not found again; they stand in videos_gone."]
    if unknown:
        lines += [f"  The API sent fields that no table has yet: {', '.join(field for (field,) in unknown)}."]
    return "\n".join([*lines, ""])
