"""The messages at the end of a build, in any state of its files."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import responses

from tests.support import FOLDER, small_study
from tests.ttdata.canned import API, answering, api, connect, failure, page
from ttapi import QuotaExhausted
from ttdata.collect.slices import collect_slice
from ttdata.plan.plan import Plan
from ttdata.store.stops import Stop
from ttdata.study.study import Study
from ttdata.workflow.session import Session


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.of(Study.check(small_study(), today=date(2026, 11, 1)))


def test_a_build_that_failed_says_how_far_it_is(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    Session(plan).fail()
    assert "Not finished: 0 of 10 parts are complete, nothing is lost." in capsys.readouterr().err


def test_a_stop_by_the_quota_ends_with_status_75(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    Stop.of(QuotaExhausted(bucket="general", spent=5, limit=5, now=noon)).write(FOLDER.stop)
    with pytest.raises(SystemExit) as end:
        Session(plan).fail()
    assert end.value.code == 75
    assert "Quota spent: 5 of 5 requests today." in capsys.readouterr().err


def test_a_damaged_raw_file_is_reported_and_causes_no_second_failure(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.ttdata.store.test_raw_files import write_pages

    raw = plan.raw.pages("videos", plan.slices[0].name)
    damaged = bytearray(write_pages(raw).read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    raw.write_bytes(damaged)
    Session(plan).fail()
    assert "is damaged at byte" in capsys.readouterr().err


@responses.activate
def test_a_stop_by_the_quota_also_reports_slices_that_kept_failing(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(lambda body: failure())
    collect_slice(plan, plan.slices[0], connect)
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    Stop.of(QuotaExhausted(bucket="general", spent=5, limit=5, now=noon)).write(FOLDER.stop)
    with pytest.raises(SystemExit):
        Session(plan).fail()
    message = capsys.readouterr().err
    assert "status shows why." in " ".join(message.split())
    assert max(map(len, message.splitlines())) <= 79


def test_after_a_fault_the_job_s_own_message_gives_the_reason(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    Stop("fault").write(FOLDER.stop)
    Session(plan).fail()
    assert "See the messages above." in " ".join(capsys.readouterr().err.split())


@responses.activate
def test_an_interrupted_build_proposes_no_waivers(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(body: object) -> object:
        raise KeyboardInterrupt

    api(page([1], 100, more=True))
    answering(interrupt)
    with pytest.raises(KeyboardInterrupt):
        collect_slice(plan, plan.slices[0], connect)
    Session(plan).fail()
    assert "waive" not in capsys.readouterr().err


@responses.activate
def test_an_api_that_is_down_at_the_start_is_tried_again_in_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TTDATA_BUILD", "")  # which a build sets for its jobs
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", "mock-key")
    monkeypatch.setenv("TIKTOK_CLIENT_SECRET", "secret")
    monkeypatch.setattr("ttapi.client.Client._wait", lambda client, state: 0)
    responses.post(f"{API}/v2/oauth/token/", body="<html>upstream</html>", status=503)
    study = Study.check(small_study(api={"base_url": API}), today=date(2026, 11, 1))
    with pytest.raises(SystemExit) as end:
        Session(Plan.of(study)).start()
    assert end.value.code == 75
    assert "Run the same command again in 1 h 00 min." in " ".join(capsys.readouterr().err.split())
    assert (stop := Stop.read(FOLDER.stop))
    assert stop.passes
