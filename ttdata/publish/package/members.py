"""The data files of a package: each function returns files by their names in it."""

import ast
import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
from packaging.requirements import Requirement

from ttdata.build.digest import digests as digests_of
from ttdata.errors import Fault
from ttdata.packaged import PROJECT
from ttdata.plan.plan import Plan
from ttdata.program import program
from ttdata.publish import codebook as codebooks
from ttdata.publish.csv_text import csv_text
from ttdata.publish.package import aggregates as tables_of_counts
from ttdata.publish.package.context import Source
from ttdata.publish.package.labels import label_files
from ttdata.publish.package.studies import as_files
from ttdata.tables.declared import quoted
from ttdata.tables.stored import FILES, home, stored_tables

Files = Mapping[str, str | bytes | Path]

# Where the ids of a table are published: the columns, and the source whose slices returned its records.
_IDS = {
    "videos": ("id", "videos"),
    "videos_gone": ("id", "videos"),
    "comments": ("id, video_id", "comments"),
    "id_status": ("video_id AS id", "videos"),
}
_RECEIPT = tuple("slice source state start end items refused requests least records used asked_at settled".split())  # noqa: SIM905
# Numbers of these are about records of people: a package without ids has none that is small.
_ABOUT_RECORDS = ("items", "refused", "records", "used", "cut")
_SOFTWARE = "ttdata"
_EXTRAS = ("data", "mock")


def study(source: Source) -> Files:
    first_line = (
        "# Invented data: this study was built from a mock server.\n" if source.contents.about.is_invented else ""
    )
    return as_files(source.study, first_line=first_line)


def ids(source: Source) -> Files:
    """The ids of each table, each with the source and the slice that returned it first."""
    result = {}
    for table, (columns, _) in _IDS.items():
        if source.has(table):
            names = [each.split(" AS ")[-1] for each in columns.split(", ")]
            found = source.query(
                f"SELECT t.*, of.source, of.slice FROM (SELECT DISTINCT {columns} FROM {table}) AS t LEFT JOIN ("
                "SELECT seen.id, min_by(rounds.source, (rounds.round, rounds.slice)) AS source, "
                "min_by(rounds.slice, (rounds.round, rounds.slice)) AS slice FROM seen JOIN rounds USING (raw) "
                "WHERE seen.source = rounds.source GROUP BY seen.id) AS of ON of.id = t.id::VARCHAR ORDER BY ALL"
            )
            rows = ([*row[:-1], source.slice_name(row[-1]) if row[-1] else ""] for row in found)
            result[f"ids/{table}.csv.gz"] = _gzipped(_csv([*names, "source", "slice"], rows))
    return result


def receipts(source: Source) -> Files:
    """The slices and shards as numbers: what a person wrote, such as the reason of a waiver, is left out."""
    listed = ", ".join(quoted(name) for name in _RECEIPT)
    rows = source.query(f"SELECT {listed}, len(cut) AS cut, waived IS NOT NULL AS waived FROM slices ORDER BY ALL")
    head = [*_RECEIPT, "cut", "waived"]
    named = ([source.slice_name(row[0]), *row[1:]] for row in rows)
    if not source.has_ids:
        named = (
            [source.shown(cell) if name in _ABOUT_RECORDS else cell for name, cell in zip(head, row, strict=True)]
            for row in named
        )
    return {"receipts/slices.csv": _csv(head, named)}


def aggregates(source: Source) -> Files:
    made = tables_of_counts.aggregates(source.contents, source.settings.k, source.account_names)
    return {f"aggregates/{name}.csv": text for name, text in made.items()}


def codebook(source: Source) -> Files:
    return {"codebook.csv": codebooks.as_csv(source.contents.all_tables)}


def declarations(source: Source) -> Files:
    """The statements that make the tables, as DuckDB has them."""
    con = source.contents.con
    rows = source.query(
        "SELECT table_name, sql FROM duckdb_tables() WHERE database_name = current_database() UNION ALL "
        "SELECT view_name, sql FROM duckdb_views() WHERE database_name = current_database() AND NOT internal"
    )
    in_file = {name for (name,) in source.query("SELECT table_name FROM duckdb_tables() WHERE NOT temporary")}
    in_parquet = set(stored_tables(con)) - in_file
    texts = [_table_sql(con, name) if name in in_parquet else sql for name, sql in rows if name != FILES]
    return {"tables.sql": "".join(f"{sql.rstrip().rstrip(';')};\n" for sql in sorted(texts))}


def _table_sql(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """The statement for a table whose rows are in Parquet files, as DuckDB has it for any other."""
    con.execute(f"CREATE TEMP TABLE {quoted(table)} AS FROM main.{quoted(table)} LIMIT 0")
    query = "SELECT sql FROM duckdb_tables() WHERE temporary AND table_name = ?"
    ((sql,),) = con.execute(query, [table]).fetchall()
    con.execute(f"DROP TABLE temp.{quoted(table)}")
    return str(sql).replace("CREATE TEMP TABLE", "CREATE TABLE", 1)


def digests(source: Source) -> Files:
    made = digests_of(source.contents.con)
    lines = [f"{digest}  {table}\n" for table, digest in made.items()]
    return {"checksums/tables.sha256": "".join(lines), "checksums/dataset.sha256": f"{source.contents.about.digest}\n"}


def twin(source: Source) -> Files:
    """The twin's study, its digests, and its tables, which are in the twin's own folder already."""
    lines = [f"{digest}  {name}\n" for name, digest in source.twin.digests.items()]
    return {**{f"twin/{name}": text for name, text in source.twin_files.items()}, "twin/digests.sha256": "".join(lines)}


def workflow(source: Source) -> Files:
    """The Snakefile and the rules of this installation."""
    return {f"workflow/{name}": text for name, text in workflow_files().items()}


def workflow_files() -> dict[str, str]:
    """The Snakefile and the rules by name."""
    paths = [PROJECT / "Snakefile", *sorted((PROJECT / "rules").glob("*.smk"))]
    paths += sorted((PROJECT / "profiles" / "default").glob("*.yaml"))
    return {path.relative_to(PROJECT).as_posix(): path.read_text("utf-8") for path in paths}


def lock(source: Source) -> Files:
    """The versions of all packages that a build and the authors' Python scripts need, as they are installed here."""
    found: dict[str, str] = {}
    _add_requirements(_SOFTWARE, frozenset(_EXTRAS), found)
    for name in _imported(source.folder.root / each for each in source.settings.analysis):
        _add_requirements(name, frozenset(), found)
    return {"requirements.lock": "".join(f"{name}=={version}\n" for name, version in sorted(found.items()))}


def _imported(scripts: Iterable[Path]) -> Iterator[str]:
    """The installed packages that Python scripts import."""
    installed = packages_distributions()
    for path in scripts:
        if path.suffix == ".py":
            for name in _imports(path):
                yield from installed.get(name, ())


def _imports(path: Path) -> set[str]:
    """The modules that a script imports, without what is below them. A script with an error fails when it is run."""
    try:
        nodes = list(ast.walk(ast.parse(path.read_bytes())))
    except SyntaxError:
        return set()
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.partition(".")[0] for name in names}


def _add_requirements(name: str, extras: frozenset[str], found: dict[str, str], seen: set[Any] | None = None) -> None:
    seen = set() if seen is None else seen
    if (name, extras) in seen:
        return
    seen.add((name, extras))
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return
    found[installed.metadata["Name"].lower().replace("_", "-")] = installed.version
    for text in installed.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            _add_requirements(requirement.name.lower(), frozenset(requirement.extras), found, seen)


def analysis(source: Source) -> Files:
    """The authors' scripts and what they wrote, from the study's folder."""
    result: dict[str, Path] = {}
    for kind, names in (("analysis", source.settings.analysis), ("outputs", source.settings.outputs)):
        for name in names:
            path = source.folder.root / name
            if not path.resolve().is_relative_to(source.folder.root.resolve()):
                raise Fault(f"package.{kind}: {name} is outside the study's folder; copy it into that folder.")
            if not path.is_file():
                hint = "Run your analysis first." if kind == "outputs" else "Check its name."
                raise Fault(f"package.{kind}: there is no {name} in {source.folder.root.resolve()}. {hint}")
            result[f"{kind}/{name}"] = path
    return result


def labels(source: Source) -> Files:
    """The study's own labels, as far as readers may have them."""
    shown = [each for each in source.labels if each.name in source.shown_labels]
    return label_files(source.contents, shown, hide_coders=source.is_public)


def ci(source: Source) -> Files:
    template = files("ttdata.publish.package").joinpath("templates", "replicate.yml")
    return {".github/workflows/replicate.yml": template.read_text("utf-8")}


def dataset(source: Source) -> Files:
    others = source.query(f"SELECT file FROM {FILES}") if source.has(FILES) else []
    names = [source.file.name, *(name for (name,) in others)]
    return {f"data/datasets/{name}": home(source.file) / name for name in names}


def pages(source: Source) -> Files:
    """The raw files of a dataset, their receipts, and the plan that they follow, under the names that a build gives."""
    plan = _plan(source)
    result = {f"data/{source.folder.stored(source.folder.plan)}": source.folder.plan}
    others = [*plan.id_files(source.name), *plan.all_receipts(source.name)]
    result |= {f"data/{source.folder.stored(path)}": path for path in others}
    for (name,) in source.query("SELECT DISTINCT raw FROM rounds WHERE raw IS NOT NULL ORDER BY 1"):
        path = source.folder.root / name
        if not path.is_file():
            raise Fault(f"{path} is missing: a package that has everything needs the pages. Build the study again.")
        result[f"data/{name}"] = path
        receipt = path.with_name(path.name.replace(".ndjson.zst", ".receipt.json"))
        if receipt.is_file():
            result[f"data/{receipt.relative_to(source.folder.root).as_posix()}"] = receipt
    return result


def _plan(source: Source) -> Plan:
    """The plan from which the dataset was built. Raises Fault if it has changed since."""
    plan = Plan.read(source.folder.plan, source.folder)
    (stored,) = source.query("SELECT declared::VARCHAR FROM study")[0]
    if plan.declared != json.loads(stored):
        raise Fault(
            f"The study has changed since {source.file} was built, and a package that has everything needs both. "
            f"Build it again, which requests only what is new: {program()} build"
        )
    return plan


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    return csv_text(head, ([_cell(cell) for cell in row] for row in rows))


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if hasattr(value, "hour") else value


def _gzipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def fixed_texts() -> list[str]:
    """What every package contains, whatever its dataset: ordinary words are in it."""
    package = files("ttdata.publish.package").joinpath("templates")
    own = [each.read_text("utf-8") for each in package.iterdir() if each.is_file()]
    tables = [each.read_text("utf-8") for each in files("ttdata.tables").iterdir() if each.name.endswith(".sql")]
    return [*own, *tables, *workflow_files().values(), *_modules()]


def _modules() -> list[str]:
    """The code that writes fixed words: names of files, headings of tables, keys of metadata."""
    names = ("members.py", "metadata.py", "texts.py", "aggregates.py", "profiles.py", "context.py", "studies.py")
    package = files("ttdata.publish.package")
    more = [files("ttdata.tables").joinpath(name).read_text("utf-8") for name in ("codebook.yaml", "codebook.py")]
    return [*(package.joinpath(name).read_text("utf-8") for name in names), *more]


def digest_of_workflow(texts: Mapping[str, str]) -> str:
    """A digest of a Snakefile and its rules."""
    lines = [f"{hashlib.sha256(texts[name].encode()).hexdigest()}  {name}\n" for name in sorted(texts)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
