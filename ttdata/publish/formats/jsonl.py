"""JSON lines, compressed: one object per row, with lists. Ids are texts, since many readers of JSON round numbers."""

from pathlib import Path

from ttdata.publish.contents import Contents, Form, literal

FORM = Form(lists=True, json=True)


def write(contents: Contents, folder: Path) -> list[str]:
    """Write TABLE.jsonl.gz for each table."""
    names = []
    for table in contents.tables:
        names.append(f"{table.name}.jsonl.gz")
        contents.con.execute(
            f"COPY ({contents.rows_sql(table, FORM)}) TO {literal(str(folder / names[-1]))} "
            "(FORMAT json, COMPRESSION gzip)"
        )
    return names
