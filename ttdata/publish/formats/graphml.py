"""GraphML and edge lists: each network that the dataset's tables yield. Nodes are named by handle, hashtag or id."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ttdata.publish.contents import Contents
from ttdata.publish.networks import NETWORKS, Network
from ttdata.tables.declared import literal

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
# XML 1.0 has no way to write these characters.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<!-- {about} -->
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="weight" for="edge" attr.name="weight" attr.type="long"/>
  <graph id="{name}" edgedefault="{directed}">
"""
_FOOTER = "  </graph>\n</graphml>\n"


def write(contents: Contents, folder: Path) -> list[str]:
    """Write NETWORK.graphml and NETWORK.edges.csv.gz for each network."""
    names: list[str] = []
    for network in networks_of(contents):
        contents.con.execute(f"CREATE OR REPLACE TEMP TABLE edges AS {_edges(contents, network)} ORDER BY ALL")
        names += [f"{network.name}.graphml", f"{network.name}.edges.csv.gz"]
        with (folder / names[-2]).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_graph(contents, network))
        contents.con.execute(
            f"COPY (SELECT * FROM edges ORDER BY ALL) TO {literal(str(folder / names[-1]))} "
            "(FORMAT csv, HEADER, COMPRESSION gzip)"
        )
    return names


def networks_of(contents: Contents) -> list[Network]:
    """The networks whose tables are all exported."""
    exported = {table.name for table in contents.tables}
    return [network for network in NETWORKS.values() if exported.issuperset(network.tables)]


def _edges(contents: Contents, network: Network) -> str:
    tables = {table.name: contents.relation(table) for table in contents.tables if table.name in network.tables}
    return network.edges.format(**tables)


def _graph(contents: Contents, network: Network) -> Iterator[str]:
    facts = "; ".join(f"{name}: {value}" for name, value in contents.about.facts.items())
    yield _HEADER.format(
        about=_text(facts).replace("--", "- -"),
        name=network.name,
        directed="directed" if network.directed else "undirected",
    )
    nodes = "SELECT source FROM edges UNION SELECT target FROM edges ORDER BY 1"
    for (node,) in _rows(contents, nodes):
        yield f'    <node id="{_text(node)}"/>\n'
    for source, target, weight in _rows(contents, "SELECT * FROM edges ORDER BY ALL"):
        yield (
            f'    <edge source="{_text(source)}" target="{_text(target)}"><data key="weight">{weight}</data></edge>\n'
        )
    yield _FOOTER


def _rows(contents: Contents, query: str) -> Iterator[tuple[Any, ...]]:
    result = contents.con.execute(query)
    while portion := result.fetchmany(10_000):
        yield from portion


def _text(value: str) -> str:
    return _IMPOSSIBLE.sub("�", value).translate(_ESCAPED)
