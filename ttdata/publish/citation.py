"""How to describe and cite a dataset: a methods text, BibTeX and CFF, from facts that the dataset file has.

Accounts and ids of the queries are counted, not named: they do not belong in a paper.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from ttdata.packaged import PROJECT
from ttdata.publish.contents import INVENTED, About, Contents, contents
from ttdata.publish.flow import Flow, flows
from ttdata.publish.query_text import query_text, without_names
from ttdata.text import count, printable

AUTHOR = "YOUR NAME"
"""Stands where the authors of a dataset belong, which no file knows."""
_API = "TikTok's Research API (https://developers.tiktok.com/products/research-api/)"
_MOCK = "a mock server that imitates TikTok's Research API"
_MOST_QUERIES = 3
_WHOLE = ("complete", "empty")
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_LATEX |= {each: f"\\{each}" for each in "&%$#_{}"}


@dataclass(frozen=True)
class Facts:
    """What a dataset says about how it was made.

    first_day, last_day  posting days of the videos searched for; None if nothing was searched
    searches             the searches for videos, by their state, such as complete or capped
    lists                the parts of all other sources, by their state
    lag                  the fewest and the most days from the last day of a search to its first answer
    unsettled            searches whose counts can still change
    rows                 rows of the data tables, in the order of the study
    """

    study: str
    dataset: str
    api: str
    is_invented: bool
    software: str
    digest: str
    queries: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    first_answer: datetime
    last_answer: datetime
    requests: int
    searches: Mapping[str, int]
    lists: Mapping[str, int]
    waived: tuple[str, ...]
    lag: tuple[int, int] | None
    unsettled: int
    rows: Mapping[str, int]
    epochs: tuple[str, ...]
    flows: tuple[Flow, ...]


def facts(dataset: Path) -> Facts:
    """The facts of a dataset file. Raises StorageFault if it is not a dataset."""
    with contents(dataset) as opened:
        return facts_of(opened)


def methods(known: Facts) -> str:
    """A paragraph for the methods of a paper; before it a warning if the data are invented."""
    sentences = [_collection(known), *_queries(known), *_completeness(known), *_contents(known), *_making(known)]
    warning = f"{INVENTED}\n\n" if known.is_invented else ""
    return warning + " ".join(sentences)


def bibtex(known: Facts) -> str:
    """Entries for the dataset and for ttdata. The author of the dataset is to be filled in."""
    software = _software(known)
    dataset = {
        "author": AUTHOR,
        "title": f"{{{_latex(_title(known))}}}",
        "year": str(known.last_answer.year),
        "note": _latex(f"Content digest {known.digest}. {INVENTED if known.is_invented else ''}".strip()),
    }
    tool = {
        "author": "{" + _latex(" and ".join(each["name"] for each in software["authors"])) + "}",
        "title": f"{{{_latex(software['title'])}}}: {_latex(software['abstract'].rstrip('.'))}",
        "version": _latex(software["version"]),
        "license": _latex(software["license"]),
    }
    key = re.sub(r"[^A-Za-z0-9]+", "-", known.dataset)
    return f"{_entry('misc', f'{key}-{known.digest[:8]}', dataset)}\n\n{_entry('software', 'ttdata', tool)}"


def cff(known: Facts) -> dict[str, Any]:
    """The content of a CITATION.cff for the dataset (CFF 1.2.0). Its author is to be filled in."""
    software = _software(known)
    return {
        "cff-version": "1.2.0",
        "message": INVENTED if known.is_invented else "If you use this dataset, please cite it.",
        "type": "dataset",
        "title": _title(known),
        "abstract": methods(known),
        "authors": [{"name": AUTHOR}],
        "identifiers": [
            {"type": "other", "value": known.digest, "description": "Content digest, as `ttdata digest` prints it"}
        ],
        "references": [
            {"type": "software", **{key: software[key] for key in ("title", "authors", "version", "license")}}
        ],
    }


def cff_text(known: Facts) -> str:
    """The same as YAML."""
    return yaml.safe_dump(cff(known), sort_keys=False, allow_unicode=True, width=100)


def as_json(known: Facts) -> dict[str, Any]:
    """All facts, and the methods text, for programs."""
    content: dict[str, Any] = json.loads(json.dumps(asdict(known), default=str))
    return {**content, "methods": methods(known)}


def facts_of(opened: Contents) -> Facts:
    """The same of a dataset that is open."""
    con, about = opened.con, opened.about
    ((first_day, last_day, least, most, unsettled),) = con.execute(
        'SELECT min(start), max("end"), min(asked_at::DATE - "end"), max(asked_at::DATE - "end"), '
        "count(*) FILTER (settled != 'settled') FROM slices WHERE source = 'videos'"
    ).fetchall()
    ((first_answer, last_answer, requests),) = con.execute(
        "SELECT min(sent_at), max(sent_at), count(*) FROM requests"
    ).fetchall()
    waived = con.execute(
        "SELECT DISTINCT waived FROM slices WHERE waived IS NOT NULL "
        "AND state NOT IN ('complete', 'empty', 'refused', 'capped') ORDER BY 1"
    ).fetchall()
    epochs = con.execute("SELECT unnest(epochs) FROM study").fetchall()
    return Facts(
        **_of_about(about),
        queries=_query_texts(con),
        first_day=first_day,
        last_day=last_day,
        first_answer=first_answer,
        last_answer=last_answer,
        requests=requests,
        searches=_states(con, "source = 'videos'"),
        lists=_states(con, "source != 'videos'"),
        waived=tuple(printable(reason) for (reason,) in waived),
        lag=None if least is None else (least, most),
        unsettled=unsettled,
        rows=_rows(opened),
        epochs=tuple(printable(epoch) for (epoch,) in epochs),
        flows=flows(con),
    )


def _of_about(about: About) -> dict[str, Any]:
    names = ("study", "dataset", "api", "is_invented", "software", "digest")
    values = {name: getattr(about, name) for name in names}
    return {name: printable(value) if isinstance(value, str) else value for name, value in values.items()}


def _states(con: duckdb.DuckDBPyConnection, condition: str) -> dict[str, int]:
    query = f"SELECT state, count(*) FROM slices WHERE {condition} GROUP BY state ORDER BY state"
    return dict(con.execute(query).fetchall())


def _rows(opened: Contents) -> dict[str, int]:
    """The rows of the tables that hold records: videos, then the others by name."""
    names = [flow.source.partition("_")[0] for flow in flows(opened.con)]
    tables = [each for each in opened.tables if each.name in names]
    order = sorted(tables, key=lambda each: names.index(each.name))
    return {each.name: opened.number_of_rows(each) for each in order}


def _query_texts(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    rows = con.execute(
        "SELECT (request->'query')::VARCHAR AS query FROM requests WHERE endpoint = 'video.query' "
        "GROUP BY 1 ORDER BY min(request->>'start_date'), query"
    ).fetchall()
    return tuple(dict.fromkeys(query_text(without_names(json.loads(query))) for (query,) in rows))


def _collection(known: Facts) -> str:
    first, last = _day(known.first_answer), _day(known.last_answer)
    when = f"on {first}" if first == last else f"from {first} to {last}"
    api = _MOCK if known.is_invented else _API
    return f"The data were collected {when} (UTC) with {count(known.requests, 'request')} to {api}."


def _queries(known: Facts) -> list[str]:
    if not known.queries:
        return []
    period = ""
    if known.first_day and known.last_day:
        period = f" The videos were posted from {_day(known.first_day)} to {_day(known.last_day)} (UTC)."
    shown = " ".join(f"“{each}”" for each in known.queries[:_MOST_QUERIES])
    more = len(known.queries) - _MOST_QUERIES
    others = f" {count(more, 'more query', 'more queries')} differ in their conditions." if more > 0 else ""
    return [f"The {'query was' if len(known.queries) == 1 else 'queries were'}: {shown}{others}{period}"]


def _completeness(known: Facts) -> list[str]:
    others = _listed([flow.source.replace("_", " ") for flow in known.flows if flow.source != "videos"])
    sentences = [
        _answered(known.searches, "search", "searches"),
        _answered(known.lists, f"part of the requests for {others}", f"parts of the requests for {others}"),
    ]
    if known.waived:
        sentences.append(f"Incomplete parts are accepted: {'; '.join(known.waived)}.")
    if known.lag:
        least, most = known.lag
        days = count(least, "day") if least == most else f"{least:,} to {most:,} days"
        sentences.append(f"The searches were sent {days} after the last day that they cover.")
    if known.unsettled:
        sentences.append(f"The counts of {count(known.unsettled, 'search', 'searches')} were not final yet.")
    return [each for each in sentences if each]


def _answered(states: Mapping[str, int], noun: str, plural: str) -> str:
    total = sum(states.values())
    if not total:
        return ""
    if all(state in _WHOLE for state in states):
        return (
            f"The only {noun} was answered completely."
            if total == 1
            else f"All {total:,} {plural} were answered completely."
        )
    listed = ", ".join(f"{number:,} {state}" for state, number in states.items())
    return f"Of {count(total, noun, plural)}, the states are: {listed}."


def _contents(known: Facts) -> list[str]:
    sentences = []
    for flow in known.flows:
        if flow.source == "videos":
            counted, returned, *_ = (step.count for step in flow.steps)
            share = f" ({returned / counted:.1%})" if counted and returned <= counted else ""
            sentences.append(f"The API counted {counted:,} videos and returned {returned:,}{share}.")
    listed = [f"{number:,} {name.replace('_', ' ')}" for name, number in known.rows.items()]
    return [*sentences, f"The dataset has {_listed(listed)}."] if listed else sentences


def _making(known: Facts) -> list[str]:
    made = f"It was built by {known.software}; its content digest is {known.digest}."
    return [*known.epochs, f"{made} Whoever builds it from the same answers gets the same digest."]


def _listed(texts: Sequence[str]) -> str:
    return f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else "".join(texts)


def _day(moment: date) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _title(known: Facts) -> str:
    return f"{known.study}: dataset {known.dataset}"


def _software(known: Facts) -> dict[str, Any]:
    """What CITATION.cff says about ttdata, with the version that built the dataset."""
    stated: dict[str, Any] = yaml.safe_load((PROJECT / "CITATION.cff").read_text("utf-8"))
    return {**stated, "version": known.software.removeprefix("ttdata ")}


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{lines}\n}}"


def _latex(text: str) -> str:
    return "".join(_LATEX.get(each, each) for each in text)
