"""The files with which an export is loaded: load.py, load.R, load.do and README.txt, from templates."""

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from ttdata.publish.contents import INVENTED, Contents
from ttdata.publish.stata_names import stata_names
from ttdata.tables.columns import Column

_KINDS = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "time",
    "DATE": "date",
}
# For each program, the formats that it loads, best first; without any of them there is nothing to load.
LOADERS = {"load.py": ("parquet", "csv"), "load.R": ("sqlite", "csv"), "load.do": ("dta", "csv")}


def loaders(contents: Contents, formats: Sequence[str]) -> dict[str, str]:
    """The names and texts of the loading scripts for an export in these formats."""
    best = {name: next((form for form in forms if form in formats), forms[-1]) for name, forms in LOADERS.items()}
    return {name: _template(name).render(form=form, **_facts(contents, form)) for name, form in best.items()}


def readme(contents: Contents, files: Sequence[tuple[str, str]]) -> str:
    """README.txt; its first line says so if the data are invented."""
    return _template("README.txt").render(
        files=files, about=contents.about, pseudonyms=contents.pseudonyms, **_facts(contents, "csv")
    )


def _template(name: str) -> Template:
    loader = PackageLoader("ttdata.publish")
    plain = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 (no HTML)
    return plain.get_template(f"{name}.j2")


def kind_of(column: Column) -> str:
    """How a loading script treats a column."""
    if column.is_list:
        return "list"
    return "id" if column.is_id else _KINDS.get(column.type, "text")


def _facts(contents: Contents, form: str) -> dict[str, Any]:
    with_lists = form == "parquet"
    tables = []
    for table in contents.tables:
        kinds = [(column.name, kind_of(column)) for column in table.columns]
        flat = [(name, kind) for name, kind in kinds if kind != "list"]
        names = stata_names(name for name, _ in flat)
        tables.append(
            {
                "name": table.name,
                "kinds": kinds if with_lists else flat,
                "flat_kinds": flat,
                "stata_kinds": [(names[name], kind) for name, kind in flat],
            }
        )
    first = "videos" if any(each["name"] == "videos" for each in tables) else contents.tables[0].name
    return {"tables": tables, "first": first, "note": INVENTED if contents.about.is_invented else ""}
