"""The texts of a package for people, from templates: every known field is filled, the others are marked."""

import platform
from collections.abc import Mapping
from math import ceil
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ttdata.plan.counting import FOLLOW_QUOTA
from ttdata.publish.citation import facts_of, methods
from ttdata.publish.contents import INVENTED
from ttdata.publish.package.analysis import PROGRAMS
from ttdata.publish.package.context import COUNTED, Source
from ttdata.publish.package.studies import accounts_in, sources_of
from ttdata.source_kinds import KINDS, kind_of

TO_BE_FILLED = "(To be filled in by the authors.)"
REAL = "This package is about data of TikTok's Research API. Only the folder `twin/` is invented."
_MARKINGS = {
    "public": "Profile **public**: ids, without texts and without names. Anyone may have it.",
    "aggregate": "Profile **aggregate**: counts only, without ids. Anyone may have it.",
    "team": "Profile **team**: EVERYTHING, with texts and names. Only for the people whom TikTok has approved for this "
    "research. Never publish it; keep it on an encrypted volume.",
    "self-archive": "Profile **self-archive**: EVERYTHING, with texts and names. For the authors' own archive. Never "
    "publish it; keep it on an encrypted volume.",
}
_PAGE = 100  # ids per search


def texts(source: Source) -> Mapping[str, str]:
    """README.md, DATA_AVAILABILITY.md and REBUILD_COST.md."""
    facts = _facts(source)
    environment = Environment(  # noqa: S701 (no HTML)
        loader=PackageLoader("ttdata.publish.package"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=False,
    )
    names = ("README.md", "DATA_AVAILABILITY.md", "REBUILD_COST.md")
    return {name: environment.get_template(f"{name}.j2").render(facts) for name in names}


def first_line(is_invented: bool) -> str:
    """Whether data are invented or real: the first line of whatever is about them."""
    return INVENTED if is_invented else REAL


def _facts(source: Source) -> dict[str, Any]:
    about, settings = source.contents.about, source.settings
    costs, totals = _costs(source)
    daily = source.declared.get("quota", {}).get("daily", 1000)
    return {
        "first_line": first_line(about.is_invented),
        "to_be_filled": TO_BE_FILLED,
        "marking": _MARKINGS[source.profile],
        "title": source.title,
        "study": about.study,
        "dataset": about.dataset,
        "software": about.software,
        "api": about.api,
        "archive": f"{about.dataset}-{source.profile}.zip",
        "collected": source.collected,
        "has_ids": source.has_ids,
        "is_whole": not source.is_public,
        "methods": methods(facts_of(source.contents)).removeprefix(f"{INVENTED}\n\n") if source.has_ids else "",
        "is_invented": about.is_invented,
        "hides_accounts": source.hides_accounts,
        "hidden_labels": source.hidden_labels,
        "accounts": len(accounts_in(source.declared)),
        "python": platform.python_version(),
        "programs": [PROGRAMS[suffix][0] for suffix in sorted({_suffix(name) for name in settings.analysis} - {".py"})],
        "seeds": _seeds(source),
        "data_files": _data_files(source),
        "costs": [(name, _shown(source, records), requests, least) for name, records, requests, least in costs],
        "records": _shown(source, totals[0]),
        "totals": totals,
        "requests": f"{totals[1]:,}",
        "daily": daily,
        "days": _days(costs, daily),
        "videos": source.rows("videos"),
        "by_id": ceil(source.rows("videos") / _PAGE),
        "k": settings.k,
        **{key: getattr(settings, key) for key in ("analysis", "outputs", "paper", "approval", "licence", "contact")},
        "reason": settings.reason if settings.publish_accounts else "",
    }


def _shown(source: Source, number: int) -> str:
    shown = source.shown(number)
    return f"fewer than {source.settings.k}" if shown is None else f"{shown:,}"


def _suffix(name: str) -> str:
    suffix = f".{name.rpartition('.')[2]}"
    return suffix if suffix in PROGRAMS else ".py"


def _seeds(source: Source) -> str:
    own = [
        f"seed {part['seed']} of {name} in config.yaml"
        for parts in source.declared["datasets"].values()
        for name, each in sources_of(parts).items()
        if isinstance(part := each.get("sample"), dict)
    ]
    return "; ".join([*own, f"the twin's world: {source.twin.tenant}, in twin/config.yaml"])


def _data_files(source: Source) -> list[dict[str, str]]:
    rows = []
    for table in COUNTED:
        if source.has(table):
            number = f"{_shown(source, source.rows(table))} rows"
            rows.append(
                {
                    "file": f"`data/datasets/{source.file.name}`, table {table}",
                    "source": "TikTok Research API",
                    "notes": number,
                    "provided": "No" if source.is_public else "Yes",
                }
            )
    for each in source.labels:
        is_shown = each.name in source.shown_labels
        rows.append(
            {
                "file": f"`labels/{each.name}.csv`" if is_shown else each.name,
                "source": "the authors",
                "notes": f"labels of {each.of}",
                "provided": "Yes" if is_shown else "No",
            }
        )
    own = "derived from the dataset"
    if source.has_ids:
        rows.append({"file": "`ids/*.csv.gz`", "source": "TikTok Research API", "notes": "ids", "provided": "Yes"})
    rows.append({"file": "`aggregates/*.csv`", "source": own, "notes": "counts", "provided": "Yes"})
    rows.append({"file": "`twin/tables/`", "source": "mock server", "notes": "invented", "provided": "Yes"})
    return rows


def _costs(source: Source) -> tuple[list[tuple[str, int, int, int]], tuple[int, int, int]]:
    rows = source.query(
        "SELECT source, sum(records)::BIGINT, sum(requests)::BIGINT, sum(least)::BIGINT FROM slices "
        "GROUP BY 1 ORDER BY 1"
    )
    costs = [(name, records or 0, requests or 0, least or 0) for name, records, requests, least in rows]
    return costs, (sum(row[1] for row in costs), sum(row[2] for row in costs), sum(row[3] for row in costs))


def _days(costs: list[tuple[str, int, int, int]], daily: int) -> int:
    """Days that the requests take: both buckets of the quota are used at the same time."""
    sums = {"general": 0, "follow": 0}
    for name, _, requests, _ in costs:
        kind = kind_of(name)
        sums[KINDS[kind].row.bucket if kind in KINDS else "general"] += requests
    return max(1, ceil(sums["general"] / daily), ceil(sums["follow"] / FOLLOW_QUOTA))
