"""The metadata of a package for programs: CITATION.cff, datapackage.json, RO-Crate, package.json, Croissant, BagIt."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ttdata.publish.citation import cff, facts_of
from ttdata.publish.package.aggregates import AGGREGATES
from ttdata.publish.package.context import Source
from ttdata.publish.package.members import digest_of_workflow, workflow_files
from ttdata.publish.package.texts import TO_BE_FILLED, first_line
from ttdata.publish.package.zip_file import sha256
from ttdata.tables.codebook import entries

FORMAT = 1
MANIFEST, CRATE, CROISSANT = "package.json", "ro-crate-metadata.json", "croissant.json"
_LICENCES = "https://spdx.org/licenses/"
_TYPES = {
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".py": "text/x-python",
    ".cff": "application/yaml",
    ".sql": "application/sql",
}
_TEXT = "text/plain"
# Columns of published tables that are no text; of a codebook or a list of ids all are.
_INTEGERS = {"n", "accounts", "views", "likes", "comments", "shares", "followers_from"} | {
    "items", "refused", "requests", "least", "records", "used", "cut",
}  # fmt: skip
_CROISSANT_TYPES = {"integer": "sc:Integer", "string": "sc:Text"}


def citation(source: Source) -> Mapping[str, str]:
    """CITATION.cff: that of the dataset, with what the study says about its package."""
    settings = source.settings
    authors = [_cff_person(author) for author in settings.authors] or [{"name": TO_BE_FILLED}]
    content = cff(facts_of(source.contents))
    content |= {"title": source.title, "authors": authors, "date-released": source.date}
    content |= {"keywords": ["TikTok", "research API", "replication package"]}
    if not source.has_ids:  # the methods text has exact counts
        content["abstract"] = first_line(source.contents.about.is_invented)
    if settings.licence:
        content["license"] = settings.licence
    if settings.paper:
        content["references"].append({"type": "article", "title": settings.paper, "authors": authors})
    return {"CITATION.cff": yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)}


def _cff_person(author: Mapping[str, str]) -> dict[str, str]:
    names = {"family": "family-names", "given": "given-names", "orcid": "orcid", "affiliation": "affiliation"}
    return {name: author[key] for key, name in names.items() if key in author}


def manifest(source: Source) -> Mapping[str, str]:
    """package.json: what `replicate` and `rehydrate` need to know."""
    about, settings = source.contents.about, source.settings
    content = {
        "format": FORMAT,
        "note": first_line(about.is_invented),
        "profile": source.profile,
        "invented": about.is_invented,
        "study": about.study,
        "dataset": about.dataset,
        "api": about.api,
        "digest": about.digest,
        "software": about.software,
        "workflow": digest_of_workflow(workflow_files()),
        "collected": list(source.collected),
        "accounts_hidden": source.hides_accounts,
        "labels_hidden": source.hidden_labels,
        "k": settings.k,
        "rows": {each.name: source.shown(source.rows(each.name)) for each in source.contents.all_tables},
        "twin": {"tenant": source.twin.tenant, "digests": source.twin.digests, "rows": source.twin_rows},
        "analysis": list(settings.analysis),
        "outputs": list(settings.outputs),
    }
    return {MANIFEST: _json(content)}


def datapackage(source: Source) -> Mapping[str, str]:
    """datapackage.json (Frictionless): the tables that the package has as CSV, and the twin's as Parquet."""
    about = source.contents.about
    content = {
        "name": f"{about.dataset}-{source.profile}",
        "title": source.title,
        "description": first_line(about.is_invented),
        **({"licenses": [{"name": source.settings.licence}]} if source.settings.licence else {}),
        "created": f"{source.date}T00:00:00Z",
        "resources": [*_tables(source), *_twin_tables(source)],
    }
    return {"datapackage.json": _json(content)}


def _tables(source: Source) -> list[dict[str, Any]]:
    from ttdata.publish.package import members

    result = []
    parts = [members.receipts(source), members.aggregates(source), members.codebook(source)]
    if source.has_ids:
        parts = [members.ids(source), members.labels(source), *parts]
    meanings = {f"aggregates/{name}.csv": each.meaning for name, each in AGGREGATES.items()}
    for path, content in ((path, content) for part in parts for path, content in part.items()):
        text = gzip.decompress(content).decode() if isinstance(content, bytes) else str(content)
        head = next(csv.reader(io.StringIO(text)))
        fields = [{"name": name, "type": _type_of(path, name)} for name in head]
        result.append(
            {
                "name": path.partition(".")[0].replace("/", "_").lower(),
                "path": path,
                "description": meanings.get(path, ""),
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                **({"compression": "gz"} if path.endswith(".gz") else {}),
                "schema": {"fields": fields, "missingValues": [""]},
            }
        )
    return result


def _type_of(path: str, column: str) -> str:
    return "integer" if column in _INTEGERS and not path.startswith(("ids/", "labels/", "codebook")) else "string"


def _twin_tables(source: Source) -> list[dict[str, Any]]:
    return [
        {
            "name": f"twin_{name}",
            "path": f"twin/tables/{source.name}/{name}.parquet",
            "description": "Invented rows of the synthetic twin.",
            "format": "parquet",
            # Not "table": frictionless 5 cannot read a missing time from Parquet.
            "type": "file",
        }
        for name in source.twin_rows
    ]


def crate(source: Source, folder: Path) -> str:
    """ro-crate-metadata.json (RO-Crate 1.1): every file of a folder, the workflow, the authors."""
    settings, about = source.settings, source.contents.about
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    people = [_person(author, number) for number, author in enumerate(settings.authors, 1)]
    files = [_file(folder, path) for path in paths]
    language = {
        "@id": "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
        "@type": "ComputerLanguage",
        "name": "Snakemake",
        "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
        "url": {"@id": "https://snakemake.readthedocs.io"},
    }
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": source.title,
        "description": first_line(about.is_invented),
        "datePublished": source.date,
        "license": {"@id": _LICENCES + settings.licence} if settings.licence else TO_BE_FILLED,
        "mainEntity": {"@id": "workflow/Snakefile"},
        "hasPart": [{"@id": path} for path in paths],
        "identifier": about.digest,
        **({"author": [{"@id": each["@id"]} for each in people]} if people else {}),
        **({"citation": settings.paper} if settings.paper else {}),
    }
    licence = [{"@id": _LICENCES + settings.licence, "@type": "CreativeWork", "name": settings.licence}]
    about_crate = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    graph = [about_crate, root, *files, *people, language, *(licence if settings.licence else [])]
    return _json({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph})


def _file(folder: Path, path: str) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "@id": path,
        "@type": "File",
        "name": path.rpartition("/")[2],
        "contentSize": str((folder / path).stat().st_size),
        "encodingFormat": _TYPES.get(Path(path).suffix, _TEXT),
        "sha256": sha256(folder / path),
    }
    if path == "workflow/Snakefile":
        entity["@type"] = ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
        entity["programmingLanguage"] = {"@id": "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"}
    if path.startswith("twin/"):
        entity["description"] = "Invented: part of the synthetic twin."
    return entity


def _person(author: Mapping[str, str], number: int) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "@id": author.get("orcid", f"#author{number}"),
        "@type": "Person",
        "name": " ".join(author[key] for key in ("given", "family") if key in author),
        "familyName": author["family"],
    }
    if "given" in author:
        entity["givenName"] = author["given"]
    if "affiliation" in author:
        entity["affiliation"] = author["affiliation"]
    return entity


def croissant(source: Source, folder: Path) -> str:
    """croissant.json (Croissant 1.0): the CSV tables, for programs of machine learning."""
    resources = [each for each in _tables(source) if each["format"] == "csv"]
    about, settings = source.contents.about, source.settings
    content = {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"{about.dataset}-{source.profile}",
        "description": first_line(about.is_invented),
        "datePublished": source.date,
        "version": "1.0.0",
        "license": _LICENCES + settings.licence if settings.licence else TO_BE_FILLED,
        "url": settings.paper or "https://developers.tiktok.com/products/research-api/",
        "citeAs": source.title,
        "creator": [{"@type": "Person", "name": _person(each, 0)["name"]} for each in settings.authors],
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": each["path"],
                "name": each["path"],
                "contentUrl": each["path"],
                "encodingFormat": "text/csv",
                "sha256": sha256(folder / each["path"]),
            }
            for each in resources
        ],
        "recordSet": [_record_set(each, source) for each in resources],
    }
    return _json(content)


def _record_set(resource: Mapping[str, Any], source: Source) -> dict[str, Any]:
    meanings = {(each.table, each.column.name): each.description for each in entries(source.contents.all_tables)}
    name, table = resource["name"], Path(resource["path"]).name.partition(".")[0]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{each['name']}",
                "name": f"{name}/{each['name']}",
                "description": meanings.get((table, each["name"]), ""),
                "dataType": _CROISSANT_TYPES[each["type"]],
                "source": {"fileObject": {"@id": resource["path"]}, "extract": {"column": each["name"]}},
            }
            for each in resource["schema"]["fields"]
        ],
    }


def bag(source: Source, folder: Path) -> dict[str, str]:
    """The files that make a folder whose content is in data/ a bag (BagIt, RFC 8493)."""
    paths = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in paths)
    texts = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": f"Bagging-Date: {source.date}\nExternal-Description: {source.title}\n"
        f"Payload-Oxum: {size}.{len(paths)}\n",
        "manifest-sha256.txt": "".join(f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths),
    }
    lines = [f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(texts.items())]
    return {**texts, "tagmanifest-sha256.txt": "".join(lines)}


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


_CROISSANT_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
