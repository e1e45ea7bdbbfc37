"""A dataset and its audit for people: a few lines for a terminal, and one HTML page that needs no other file."""

import json
import textwrap
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from ttdata.audit import stability
from ttdata.audit.checks import FORMAT, audit, checks
from ttdata.audit.heat_map import heat_map
from ttdata.errors import AuditFault, NotCollected, StorageFault
from ttdata.files import read_json, write_atomically
from ttdata.packaged import packaged_yaml
from ttdata.publish import citation, svg
from ttdata.publish.contents import INVENTED, REAL
from ttdata.publish.figures import Figures, figures
from ttdata.publish.query_text import query_text
from ttdata.store.paths import Folder
from ttdata.text import count

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Report = Mapping[str, Any]

WIDTH = 80
MOST_QUERIES, MOST_SLICES, MOST_ROWS = 8, 200, 100


def make_report(name: str, folder: Folder) -> Report:
    """Audit a dataset of a folder and write both of its reports. Raises NotCollected if it is not built."""
    dataset = built_dataset(name, folder)
    results = audit(dataset)
    report = {**results, "stability": stability.stored(name, results["digest"], folder)}
    try:
        write_atomically(folder.report(name), json.dumps(report, indent=1, ensure_ascii=False) + "\n")
        write_atomically(folder.page(name), page(report, figures(dataset), citation.facts(dataset)))
    except OSError as error:
        raise StorageFault(f"{error.filename} cannot be written: {error.strerror}.") from None
    return report


def built_dataset(name: str, folder: Folder) -> Path:
    """The file of a dataset of a folder. Raises NotCollected if it is not built."""
    path = folder.dataset(name)
    if not path.exists():
        raise NotCollected(f"{path} does not exist. Build it first, or choose another dataset.")
    return path


def read_report(path: Path) -> Report:
    """A report that was written before. Raises StorageFault if the file is not a report of this version."""
    try:
        report: Report = read_json(path)
        if report["format"] == FORMAT and _validator().is_valid(report):
            return report
    except (ValueError, KeyError, TypeError):
        pass
    raise StorageFault(f"{path} is not a report of this version of ttdata. Delete it and build again.")


@cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator

    return Draft202012Validator(packaged_yaml(__package__, "audit.schema.yaml"))


def refuse_faults(report: Report, folder: Folder) -> None:
    """Raise AuditFault if a report has a fault."""
    if report["counts"]["fault"]:
        faults = [f"{each['title']}: {_amount(each)}" for each in report["findings"] if each["severity"] == "fault"]
        raise AuditFault(report["dataset"], faults, folder.page(report["dataset"]))


def one_line(report: Report, folder: Folder) -> str:
    """A report in one line."""
    page = f": {folder.page(report['dataset'])}" if report["findings"] else ""
    return f"audit: {verdict(report['counts'])}{page}"


def verdict(counts: Mapping[str, int]) -> str:
    """How many faults, warnings and notes there are, in words."""
    return ", ".join(count(number, severity) for severity, number in counts.items() if number) or "nothing to report"


def text(report: Report) -> str:
    """The report for a terminal, at most 80 columns wide."""
    lines = [] if report["api"].rstrip("/") == REAL else [INVENTED, ""]
    lines += [f"{report['dataset']}: {verdict(report['counts'])}", ""]
    for step in report["flow"]:
        changes = [f"{-each['count']:,} {each['why']}" for each in step["changes"] if each["count"] < 0]
        lines.append(f"  {step['step']:10}{step['count']:>12,}   {'; '.join(changes)}".rstrip()[:WIDTH])
    if again := report["stability"]:
        difference = f"{again['lost']:,} lost, {again['added']:,} added, {again['changed']:,} changed"
        lines += ["", f"  requested {again['passes']} times: Jaccard {again['jaccard']:.3f} ({difference})"]
    for finding in report["findings"]:
        lines += ["", *_wrapped(f"{finding['severity'].upper()}: {finding['title']}. {_amount(finding)}.", "  ", "  ")]
        lines += _wrapped(f"{finding['means']} {finding['do']}", "    ", "    ")
        examples = [": ".join(filter(None, [each["id"], each["found"]])) for each in finding["examples"]]
        lines += [f"    - {each}"[:WIDTH] for each in examples]
    return "\n".join([*lines, ""])


def _wrapped(words: str, first: str, then: str) -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=first, subsequent_indent=then)


def _amount(finding: Mapping[str, Any]) -> str:
    if finding["of"] is None:
        return f"{finding['count']:,} {finding['unit'].removesuffix('s' * (finding['count'] == 1))}"
    return f"{finding['count']:,} of {finding['of']:,} {finding['unit']}"


def page(report: Report, pictured: Figures, known: citation.Facts) -> str:
    """The report as one HTML page. Everything that came from the API or from a file is escaped."""
    return _template().render(
        report=report,
        figures=pictured,
        invented=INVENTED if known.is_invented else "",
        methods=citation.methods(known),
        bibtex=citation.bibtex(known),
        drawings=_drawings(pictured),
        most_rows=MOST_ROWS,
        verdict=verdict(report["counts"]),
        amount=_amount,
        titles={each.name: each.title for each in checks()},
        queries=[_query_words(each) for each in report["queries"][:MOST_QUERIES]],
        more_queries=max(0, len(report["queries"]) - MOST_QUERIES),
        heat=heat_map(report),
        slices=report["slices"][:MOST_SLICES],
        more_slices=max(0, len(report["slices"]) - MOST_SLICES),
    )


def _drawings(pictured: Figures) -> dict[str, Markup] | None:
    """The figures as SVG by name; None without the extra."""
    if not svg.can_draw():
        return None
    return {each.kind.name: Markup(svg.drawn(each.spec(), each.text_id)) for each in pictured.shown}  # noqa: S704


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters["number"] = lambda value: "" if value is None else f"{value:,}"
    return environment.from_string(files(__package__).joinpath("report.html").read_text("utf-8"))


def _query_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """One query as text, and its period."""
    first, last = (f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in (row["first"], row["last"]))
    return {"text": query_text(row["query"]), "first": first, "last": last, "searches": row["searches"]}
