"""How long it takes to check large studies, to plan them and to estimate their cost. Sends no request.

python benchmarks/plans.py
"""

import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from ttdata.plan.counting import costs
from ttdata.plan.plan import Plan
from ttdata.study.study import Study

TODAY = date(2026, 6, 1)
YEARS = ["2023-01-01", "2025-12-31"]


def accounts() -> dict[str, Any]:
    """5,000 accounts over 36 months."""
    return {
        "accounts": [f"account{number}" for number in range(5_000)],
        "videos": {"of": "accounts", "during": YEARS},
        "users": {"of": "accounts"},
    }


def ids() -> dict[str, Any]:
    """100,000 ids from 36 months."""
    first, apart = 1_672_531_200, 946
    listed = [(first + number * apart) << 32 | number for number in range(100_000)]
    return {"ids": listed, "videos": {"of": "ids"}}


def draws() -> dict[str, Any]:
    """21,920 draws, 20 per day."""
    where = {"all": [{"region_code": ["US"]}]}
    return {"videos": {"where": where, "during": YEARS, "random": {"by": "day", "draws": 20}}}


def planned(dataset: dict[str, Any], out: Path) -> tuple[int, int]:
    """The number of searches, and the fewest requests that they cost."""
    study = {"study": "large", "quota": {"daily": 1000}, "datasets": {"large": dataset}}
    plan = Plan.of(Study.check(study, today=TODAY))
    plan.write(out)
    return len(plan.slices), costs(plan).total.min


def main() -> None:
    studies: list[Callable[[], dict[str, Any]]] = [accounts, ids, draws]
    print(f"{'':36}{'searches':>10}{'requests':>10}{'seconds':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for study in studies:
            dataset = study()
            began = time.perf_counter()
            searches, requests = planned(dataset, Path(folder, "plan.json"))
            took = time.perf_counter() - began
            print(f"{str(study.__doc__).rstrip('.'):36}{searches:>10,}{requests:>10,}{took:>10.2f}")


if __name__ == "__main__":
    main()
