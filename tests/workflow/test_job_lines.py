"""The line that a job prints: what this run sent, in aligned columns."""

from datetime import date
from pathlib import Path

import pytest

from tests.support import FOLDER, MockServer, ttdata
from ttdata.plan.plan import Plan
from ttdata.store.id_files import write_ids
from ttdata.study.study import Study

STUDY = {
    "study": "lines",
    "datasets": {
        "small": {
            "accounts": ["mock_empty"],
            "videos": {"where": {"all": [{"region_code": "CH"}]}, "during": ["2025-01-01", "2025-01-03"]},
            "users": {"of": "accounts"},
            "following_of_accounts": {"of": "accounts"},
        }
    },
}


@pytest.mark.slow
def test_a_job_prints_what_this_run_sent_and_nothing_if_everything_was_stored(
    mock_server: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", "mock")
    monkeypatch.setenv("TIKTOK_CLIENT_SECRET", "mock-secret")
    study = STUDY | {"api": {"base_url": mock_server.url}}
    plan = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    plan.write(FOLDER.plan)
    jobs = [("--slice", plan.slices[0].name)]
    for step in plan.datasets[0].sources:
        ids = FOLDER.ids("small", step.source)
        write_ids(ids, ["mock_empty"], plan.selection("small", step.source))
        number = step.shard_of("mock_empty").number
        jobs.append(("--dataset", "small", "--source", step.source, "--shard", number, "--ids", str(ids)))

    lines = [ttdata("collect", *job, "--receipt", tmp_path / "receipt.json").said for job in jobs]
    searched, profile, following = (line.rstrip("\n") for line in lines)
    assert searched.startswith("videos                2025-01-01 to 2025-01-03")
    assert profile.startswith("users                 small, part ")
    assert profile.endswith("         1 record       1 request")
    assert following.startswith("following_of_accounts small, part ")
    assert following.endswith("         0 records      1 request")
    assert len({len(line.removesuffix("s")) for line in (searched, profile, following)}) == 1

    assert [ttdata("collect", *job, "--receipt", tmp_path / "receipt.json").said for job in jobs] == ["", "", ""]
