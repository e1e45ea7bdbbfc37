"""CSV, compressed: UTF-8 with a header. NULL is an empty field, an empty text is two quotation marks."""

from pathlib import Path

from ttdata.publish.contents import Contents, Form, literal

FORM = Form()


def write(contents: Contents, folder: Path) -> list[str]:
    """Write TABLE.csv.gz for each table."""
    names = []
    for table in contents.tables:
        names.append(f"{table.name}.csv.gz")
        contents.con.execute(
            f"COPY ({contents.rows_sql(table, FORM)}) TO {literal(str(folder / names[-1]))} "
            "(FORMAT csv, HEADER, COMPRESSION gzip)"
        )
    return names
