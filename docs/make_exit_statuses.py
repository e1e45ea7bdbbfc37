"""Writes docs/reference/exit-statuses.md from docs/exit_statuses.yaml. Run by `make docs`."""

from pathlib import Path

import yaml

from ttdata.publish.codebook import cell

DOCS = Path(__file__).parent
PAGE = DOCS / "reference" / "exit-statuses.md"
TABLE = DOCS / "exit_statuses.yaml"

HEAD = """# Exit statuses

Generated from `docs/exit_statuses.yaml` by `make docs`. In a shell, `echo $?` prints the status of the last command.

In a script or a crontab, only 75 asks for nothing but time.
"""


def page() -> str:
    """The whole page."""
    table = yaml.safe_load(TABLE.read_text("utf-8"))
    text = HEAD
    for program, rows in table["programs"].items():
        text += f"\n## {program}\n\n| status | meaning |\n|---|---|\n"
        text += "".join(f"| {row['status']} | {cell(row['means'])} |\n" for row in rows)
    text += "\n## Commands with a meaning of their own\n\n| command | status |\n|---|---|\n"
    return text + "".join(f"| `{command}` | {cell(means)} |\n" for command, means in table["commands"].items())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
