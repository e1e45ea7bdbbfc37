"""Files that DuckDB writes itself: one per table, by COPY."""

from pathlib import Path

from ttdata.publish.contents import Contents, Form
from ttdata.tables.declared import literal


def copy_tables(contents: Contents, folder: Path, form: Form, suffix: str, options: str) -> list[str]:
    """Write each table to TABLE.SUFFIX with these options of COPY. Returns the names of the files."""
    names = []
    for table in contents.tables:
        names.append(f"{table.name}.{suffix}")
        file = literal(str(folder / names[-1]))
        contents.con.execute(f"COPY ({contents.rows_sql(table, form)}) TO {file} ({options})")
    return names
