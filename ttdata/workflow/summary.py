"""The closing text of a build: tables, rows, requests, digest, and what to do next."""

from textwrap import indent

from ttdata.audit.report import one_line, read_report
from ttdata.build.removed import sentence as removed_sentence
from ttdata.errors import NotCollected
from ttdata.plan.due_again import notices
from ttdata.plan.model import DatasetPlan
from ttdata.plan.plan import Plan
from ttdata.plan.status import status
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
    dataset = plan.folder.dataset(first)
    next_steps = (
        "Next:\n"
        f'  query it        duckdb.connect("{dataset}") in Python or R\n'
        f"  check it        {plan.folder.page(first)} shows what was requested and returned\n"
        f"  compare it      python -m ttdata digest {dataset}\n"
        "  change it       edit the study and build again: only what is new is requested"
    )
    later = [f"{folded(sentence)}\n" for sentence in notices(plan)]
    return "\n".join([*blocks, folded(requests), *evidence, "", *later, next_steps])


def _dataset_text(plan: Plan, dataset: DatasetPlan) -> str:
    path = plan.folder.dataset(dataset.name)
    if not path.exists():
        raise NotCollected(f"{path} is not built yet. Run make.")
    has_users = "users" in dataset.tables
    with opened(path) as con:
        counts = {table: con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in dataset.tables}
        ((digest,),) = con.execute("SELECT digest FROM study").fetchall()
        unknown = con.execute("SELECT DISTINCT unnest(unknown) FROM slices ORDER BY 1").fetchall()
        removed = removed_sentence(con)
        lost = con.execute("SELECT username, refused FROM accounts_lost ORDER BY 1").fetchall() if has_users else []
        ((gone,),) = con.execute("SELECT count(*) FROM videos_gone").fetchall() if dataset.slices else [(0,)]
    width = max(14, *map(len, counts))
    lines = [f"Built {path}", "", f"  {'table':{width}} {'rows':>9}", f"  {'-' * width} {'-' * 9}"]
    lines += [f"  {table:{width}} {rows:9,}" for table, rows in counts.items()]
    lines += ["", f"  digest {digest}"]
    lines += [indent(folded(str(epoch), 77), "  ") for epoch in plan.epochs(dataset.name)]
    report = plan.folder.report(dataset.name)
    if report.exists():
        lines += [f"  {one_line(read_report(report), plan.folder)}"]
    if gone:
        lines += [f"  {gone:,} videos found before are no longer found; they are in videos_gone."]
    if lost:
        names = some([f"{name} ({refused})" for name, refused in lost])
        lines += [indent(folded(f"No longer available since an earlier wave: {names}.", 77), "  ")]
    if removed:
        lines += [indent(folded(removed, 77), "  ")]
    if unknown:
        lines += [f"  The API sent fields that no table has yet: {', '.join(field for (field,) in unknown)}."]
    return "\n".join([*lines, ""])
