"""The study's own list of accounts: handles, or rows of a table with a column username."""

from collections.abc import Mapping, Sequence

from ttdata.study.entries import Lists, Unused
from ttdata.study.problems import Problems

# A row of the table of accounts: `listed` is the entry as written, `username` the handle, None if there is none.
Account = Mapping[str, str | None]


def read_accounts(declared: Sequence[object], lists: Lists, problems: Problems) -> tuple[Account, ...]:
    """The accounts of a dataset, each once, with the columns of their table, whose names are in lower case.

    Of two rows for one account the first counts. An entry that cannot be a handle stays a row, without a handle.
    """
    rows: dict[object, Account] = {}
    for number, entry in enumerate(declared):
        columns = {str(key).lower(): str(entry[key]) for key in entry} if isinstance(entry, Mapping) else {}
        listed = columns.pop("username", None) or str(entry)
        if "listed" in columns:
            problems.add(f"accounts.{number}", "The dataset has a column 'listed' of its own; rename this one.")
            return ()
        handle = lists.read_entry("accounts", listed, "username")
        if handle in rows:
            lists.unused.append(Unused("accounts", listed, handle, "It repeats an earlier entry."))
            if any(rows[handle].get(column) != value for column, value in columns.items()):
                lists.warnings.append(
                    f"accounts: {listed[:60]!r} is listed twice with different columns; the first row counts."
                )
        else:
            rows[handle or (listed, number)] = {"listed": listed, "username": handle, **columns}
    if declared and not any(row["username"] for row in rows.values()):
        problems.add("accounts", f"None of its entries can be a handle, for example {str(declared[0])[:60]!r}.")
    return tuple(rows.values())
