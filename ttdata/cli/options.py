"""Options that several commands have."""

from pathlib import Path

import click

FILE = click.Path(path_type=Path)
PLAN = click.option("--plan", "plan_file", type=FILE, default="plan.json", show_default=True, help="The plan.")
DATASET = click.option("--dataset", required=True, help="Name of the dataset.")
DIRECTORY = click.option("--directory", type=FILE, default=".", show_default=True, help="Where the study is built.")
JSON = click.option("--json", "as_json", is_flag=True, help="As a JSON object, for scripts.")
