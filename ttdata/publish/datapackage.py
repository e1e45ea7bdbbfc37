"""datapackage.json: the tables of an export as a Data Package (Frictionless), for programs that check or load it."""

import json
from collections.abc import Sequence
from typing import Any

from ttdata.publish.contents import Contents
from ttdata.publish.loaders import kind_of
from ttdata.tables.columns import Table

_TYPES = {
    "id": "string",
    "text": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "time": "datetime",
    "date": "date",
    "list": "array",
}


def datapackage(contents: Contents, files: Sequence[str]) -> str:
    """The descriptor; its resources are the CSV files, or the Parquet files if there are no CSV files."""
    about = contents.about
    suffix = ".csv.gz" if any(name.endswith(".csv.gz") for name in files) else ".parquet"
    resources = [
        _resource(table, f"{table.name}{suffix}") for table in contents.tables if f"{table.name}{suffix}" in files
    ]
    descriptor = {
        "name": about.dataset.lower(),
        "title": f"{about.dataset} of the study {about.study}",
        **({"description": about.facts["note"]} if about.is_invented else {}),
        **{key: about.facts[key] for key in ("study", "api", "digest", "software")},
        "resources": resources,
    }
    return json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"


def _resource(table: Table, path: str) -> dict[str, Any]:
    if path.endswith(".parquet"):
        return {"name": table.name, "path": path, "description": table.meaning, "format": "parquet"}
    fields = [
        {"name": column.name, "type": _TYPES[kind_of(column)], "description": column.meaning}
        for column in table.columns
        if not column.is_list
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    return {
        "name": table.name,
        "path": path,
        "description": table.meaning,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "compression": "gz",
        "schema": schema,
    }
