"""Writes docs/reference/endpoints.md from ttapi/endpoints.py. Run by `make docs`."""

from pathlib import Path

from ttapi.endpoints import DEFAULT_BASE_URL, ENDPOINTS, LIMITS, Endpoint
from ttdata.publish.codebook import cell
from ttdata.source_kinds import KINDS

PAGE = Path(__file__).parent / "reference" / "endpoints.md"

HEAD = f"""# Endpoints

Generated from `ttapi/endpoints.py` by `make docs`. All paths are below `{DEFAULT_BASE_URL}`. The fields of each record
are in [ttapi.md](../ttapi.md), the same fields as columns of a dataset in the [codebook](../codebook.md).

| endpoint | what it returns | source in a study | in a shell | quota | documented |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    limits = "".join(f"* `{bucket}`: {limit:,} requests per day (UTC).\n" for bucket, limit in LIMITS.items())
    return f"{HEAD}{''.join(map(_row, ENDPOINTS.values()))}\nQuotas, from TikTok's FAQ:\n\n{limits}"


def _row(row: Endpoint) -> str:
    command = f"`ttapi {row.command}`"
    link = f"[{row.source}]({row.url_of_source})"
    cells = (f"`{row.path}`", row.summary, _sources(row), command, f"`{row.bucket}`", link)
    return f"| {' | '.join(map(cell, cells))} |\n"


def _sources(row: Endpoint) -> str:
    """The kinds of sources that request it."""
    kinds = [name for name, kind in KINDS.items() if kind.endpoint == row.name]
    return ", ".join(f"`{name}`" for name in (["videos"] if row.name == "video.query" else kinds))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
