"""A purge erases what it is asked to erase from every file, and nothing else; and no build asks for it again."""

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import FOLDER
from tests.ttdata.comply.lost import NAME, Killed, Lab, served
from tests.ttdata.comply.purged import (
    CANARIES,
    GONE_VIDEO,
    LABELS,
    OF_PERSON,
    PERSON,
    collected,
    column,
    contain,
    digest,
    plant,
    receipts,
    rows,
    run,
    tables,
)
from ttdata.build.dataset import build
from ttdata.comply.due import refuse_overdue
from ttdata.comply.purge.journal import Journal
from ttdata.comply.purge.places import doomed
from ttdata.comply.purge.request import Request
from ttdata.errors import Fault
from ttdata.plan.plan import Plan
from ttdata.publish.export import export
from ttdata.publish.formats.table import FORMATS
from ttdata.store import mirrors
from ttdata.store.paths import EXPORTED

GONE, ALL = Request("gone"), Request("all")
SELECTIONS = {"comments": {"of": "videos", "top": {"by": "view_count", "k": 6}}, "users": {"of": "videos"}}


def study(**changes: Any) -> dict[str, Any]:
    return {"terms": {"refresh_days": 15, "version": "2026-01-22"}} | changes


@pytest.fixture(scope="session")
def purgeable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with canaries, built on 1 June and refreshed on 16 June."""
    folder = tmp_path_factory.mktemp("purgeable")
    with pytest.MonkeyPatch.context() as patch, served(rows()) as lab:
        patch.chdir(folder)
        lab.build()
        lab.server.move_clock("+15d")
        lab.refresh()
    return folder


@pytest.fixture
def lab(purgeable: Path, own_folder: Path) -> Iterator[Lab]:
    with collected(purgeable) as one:
        yield one


def sends_nothing(lab: Lab) -> None:
    """Build again, as a build does after everything that can be made again was deleted."""
    lab.plan = Plan.read(FOLDER.plan)
    lab.answers.clear()
    lab.build()
    assert lab.answers == []


def test_what_is_gone_is_erased_from_every_file_and_nothing_else_is(lab: Lab) -> None:
    before, sent = tables(), receipts()
    plant(*CANARIES)
    gone = json.loads(next(Path("refresh").glob("*/*/gone.json")).read_text())
    (done,) = run(GONE)
    assert done.is_verified
    assert contain(*CANARIES[:2], *gone["video"], *gone["comment"]) == set()
    after = tables()
    assert [str(each) for each in before["videos"] if each not in after["videos"]] == gone["video"] != []
    lost = {str(each) for each in before["comments"]} - {str(each) for each in after["comments"]}
    # With a video, the comments on it are erased.
    assert set(gone["comment"]) <= lost
    assert len(lost) == 3
    assert after["users"] == before["users"]
    for name, receipt in receipts().items():
        assert receipt["records"] + receipt.get("erased", 0) == sent[name]["records"]
        assert receipt["requests"] == sent[name]["requests"]
    assert sum(each.get("erased", 0) for each in receipts().values()) == 4


def test_the_next_build_sends_nothing_and_has_the_digest_of_the_certificate(lab: Lab) -> None:
    before = digest()
    (done,) = run(GONE)
    datasets = done.certificate["datasets"][NAME]
    assert (datasets["before"]["digest"], datasets["after"]["digest"]) == (before, digest())
    sends_nothing(lab)
    assert digest() == datasets["after"]["digest"]
    assert run(GONE) == []


@pytest.mark.slow
def test_an_account_is_erased_with_its_posts_and_where_others_name_it(lab: Lab) -> None:
    before = tables()
    plant(*OF_PERSON)
    (done,) = run(Request.user(f"@{PERSON}"))
    assert done.is_verified
    assert contain(*OF_PERSON) == set()
    after = tables()
    assert len(before["videos"]) - len(after["videos"]) == 4
    assert len(before["comments"]) - len(after["comments"]) == 8
    assert set(before["users"]) - set(after["users"]) == {PERSON}
    assert column("videos", "id", "video_description LIKE '%@[erased] at the sea%'")
    assert done.certificate["masked"] == 1
    sends_nothing(lab)


@pytest.mark.slow
def test_a_video_is_erased_with_its_comments(lab: Lab) -> None:
    before = tables()
    (video,) = column("videos", "id", "video_description LIKE 'canary-person-caption%'")
    (done,) = run(Request.video(f"https://www.tiktok.com/@{PERSON}/video/{video}"))
    assert done.is_verified
    assert contain(str(video), "canary-under-person", "canary-person-caption") == set()
    after = tables()
    assert set(before["videos"]) - set(after["videos"]) == {video}
    assert len(before["comments"]) - len(after["comments"]) == 2
    assert after["users"] == before["users"]
    sends_nothing(lab)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["user", "video"])
def test_what_was_erased_on_request_stays_out_when_everything_is_collected_again(lab: Lab, kind: str) -> None:
    (video,) = column("videos", "id", "video_description LIKE 'canary-person-caption%'")
    (done,) = run(Request.user(PERSON) if kind == "user" else Request.video(str(video)))
    purged = tables()
    assert "is kept out of later builds" in done.certificate["kept_out"]
    for name in ("raw", "ids", "datasets"):
        shutil.rmtree(name)
    lab.plan = Plan.read(FOLDER.plan)
    lab.build()
    assert tables() == purged
    # It is not even stored.
    assert contain(*(OF_PERSON if kind == "user" else [str(video), "canary-person-caption"])) == set()
    assert PERSON not in json.dumps([answer.body for answer in lab.sent("user.info")]) or kind == "video"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plantedtag", "tag_of_2026"])
def test_a_hashtag_that_is_spelled_like_the_account_stays_in_the_study_and_in_the_videos(
    own_folder: Path, name: str
) -> None:
    content = rows()
    content["users"][3]["username"] = name
    for video in (video for user in content["users"] for video in user["videos"]):
        video["video_description"] += f" #{name}"
    videos = {"where": {"any": [{"hashtag_name": [name]}]}, "during": ["2026-05-01", "2026-05-20"]}
    with served(content, datasets={NAME: {"videos": videos}}) as lab:
        lab.build()
        before = tables()["videos"]
        (done,) = run(Request.user(name))
        assert done.is_verified, done.certificate["verified"]
        assert len(tables()["videos"]) == len(before) - 4
        assert set(column("video_hashtags", "hashtag")) >= {name}
        sends_nothing(lab)


@pytest.mark.slow
def test_without_tombstones_the_certificate_says_that_nothing_can_be_kept_out(lab: Lab) -> None:
    plan = Plan.read(FOLDER.plan)
    declared = {**plan.declared, "terms": {"tombstone": "none"}}
    FOLDER.plan.write_text(FOLDER.plan.read_text().replace(json.dumps(plan.declared), json.dumps(declared)))
    FOLDER.tombstones.unlink(missing_ok=True)
    (done,) = run(Request.user(PERSON))
    assert done.is_verified
    assert done.certificate["kept_out"].startswith("It is not possible to keep the account out")
    assert not FOLDER.tombstones.exists()


def test_everything_at_the_end_of_a_project(lab: Lab) -> None:
    plant(*CANARIES, *OF_PERSON)
    (done,) = run(ALL)
    assert done.is_verified
    assert contain(*CANARIES, *OF_PERSON) == set()
    left = {path.as_posix() for path in Path().rglob("*") if path.is_file()}
    assert left == {"config.yaml", f"erasures/{done.page.stem}.json", f"erasures/{done.page.stem}.txt"}
    assert done.certificate["records"]["videos"] == 20


@pytest.mark.slow
def test_a_certificate_has_counts_and_hashes_and_no_personal_data(lab: Lab) -> None:
    plant(*OF_PERSON)
    (done,) = run(Request.user(PERSON))
    text = json.dumps(done.certificate) + done.page.read_text()
    assert not any(word in text for word in OF_PERSON)
    raw = next(name for name in done.certificate["rewritten"] if name.endswith(".ndjson.zst"))
    assert all(len(each) == 64 for each in done.certificate["rewritten"][raw].values())
    assert "packages/recent-team.zip" in done.certificate["deleted"]
    assert "sent/paper.zip" in done.certificate["not_reached"][0]


def kill_at(moment: int, patch: pytest.MonkeyPatch) -> Callable[[], int]:
    """End the process before the Nth change of a file. Returns how many changes there were so far."""
    import os

    seen = 0
    functions: list[tuple[Any, str]] = [(os, "replace"), (os, "unlink"), (os, "rmdir"), (os, "fsync"), (os, "utime")]

    def counted(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == moment:
                raise Killed
            return function(*args, **kwargs)

        return call

    for module, name in functions:
        patch.setattr(module, name, counted(getattr(module, name)))
    return lambda: seen


KILLS = 50


@pytest.fixture(scope="session")
def purged_once(purgeable: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, Any], str]:
    """How many changes of files a purge makes, its certificate, and the digest that it leaves."""
    folder = tmp_path_factory.mktemp("purged")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with collected(purgeable):
            plant(*CANARIES, *OF_PERSON)
            with pytest.MonkeyPatch.context() as counting:
                changes = kill_at(0, counting)
                (done,) = run(GONE)
                return changes(), dict(done.certificate), digest()


@pytest.mark.parametrize(
    "number", [pytest.param(each, marks=() if each % 25 == 0 else pytest.mark.slow) for each in range(KILLS)]
)
def test_killed_at_any_moment_the_next_purge_completes_it_with_exactly_one_version(
    purgeable: Path, purged_once: tuple[int, dict[str, Any], str], own_folder: Path, number: int
) -> None:
    changes, expected, once = purged_once
    with collected(purgeable) as lab:
        plant(*CANARIES, *OF_PERSON)
        with pytest.MonkeyPatch.context() as patch:
            kill_at(1 + number * (changes - 1) // (KILLS - 1), patch)
            with pytest.raises(Killed):
                run(GONE)
        done = run(GONE)
        assert all(each.is_verified for each in done)
        assert not FOLDER.purge.exists()
        assert len(list(FOLDER.erasures.glob("*.json"))) == len(done)
        first = json.loads(sorted(FOLDER.erasures.glob("*.json"))[0].read_text())
        for key in ("records", "datasets", "label_rows", "kept_out"):
            assert first[key] == expected[key]
        assert {path.name for path in Path("datasets").iterdir()} == {f"{NAME}.duckdb"}
        assert not list(Path().rglob("*.tmp"))
        assert digest() == once
        if number % 10 == 9:  # the purge has looked for itself; this takes longer than the purge
            assert contain(*CANARIES[:2]) == set()
            sends_nothing(lab)


@pytest.mark.slow
def test_an_unknown_file_with_something_erased_is_named_and_the_purge_is_not_finished_before_it_is_gone(
    lab: Lab,
) -> None:
    plant()
    Path("analysis").mkdir()
    Path("analysis/quotes.md").write_text(f"They wrote: {GONE_VIDEO} #plantedtag")
    (done,) = run(GONE)
    assert not done.is_verified
    assert done.certificate["verified"]["left"] == ["analysis/quotes.md"]
    assert FOLDER.purge.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Fault, match="Finish it first"):
        refuse_overdue(FOLDER.dataset(NAME), "exported")
    Path("analysis/quotes.md").unlink()
    (done,) = run(None)
    assert done.is_verified
    assert Journal.read_if_any(FOLDER) is None


def test_an_export_is_deleted_wherever_it_is_and_other_files_beside_it_stay(lab: Lab) -> None:
    folder = Path("for Berlin")
    export(FOLDER.dataset(NAME), folder, [FORMATS["csv"], FORMATS["jsonl"]])
    (folder / "notes.md").write_text("Sent on Monday.")
    # By its list, a purge that was killed between two deletions knows the files that are left.
    assert doomed(lab.plan)[-1] == folder / EXPORTED
    (done,) = run(Request.user(PERSON))
    assert done.is_verified
    assert [path.name for path in folder.iterdir()] == ["notes.md"]


@pytest.mark.slow
def test_the_study_that_names_an_erased_account_is_named_and_not_changed(purgeable: Path, own_folder: Path) -> None:
    listed = {"accounts": [PERSON, "account_of_test1"], "users": {"of": "accounts"}}
    with served(rows(), datasets={NAME: listed}) as lab:
        lab.build()
        datasets = f"{{recent: {{accounts: [{PERSON}, account_of_test1]}}}}"
        Path("config.yaml").write_text(f"study: recent\ndatasets: {datasets}\n")
        assert column("users", "username") == ["account_of_test1", PERSON]
        (done,) = run(Request.user(PERSON))
        assert done.is_verified
        assert contain(*OF_PERSON) == {"config.yaml"}
        assert done.certificate["verified"]["in_study"] == ["config.yaml"]
        assert any("The study itself names it: config.yaml" in each for each in done.certificate["not_reached"])
        assert column("users", "username") == ["account_of_test1"]
        sends_nothing(lab)
        assert column("users", "username") == ["account_of_test1"]


def test_the_study_is_not_deleted_whatever_the_list_of_an_export_says(lab: Lab) -> None:
    Path("config.yaml").write_text(f"study: {lab.plan.study}\ndatasets: {{}}\n")
    Path(EXPORTED).write_text('{"files": {"csv": ["config.yaml"]}}')
    assert Path(EXPORTED) in doomed(lab.plan)
    assert Path("config.yaml") not in doomed(lab.plan)


@pytest.mark.slow
def test_nothing_is_selected_in_the_place_of_what_was_erased(purgeable: Path, own_folder: Path) -> None:
    videos = {"where": {"any": [{"hashtag_name": "plantedtag"}]}, "during": ["2026-05-01", "2026-05-20"]}
    with served(rows(), datasets={NAME: {"videos": videos} | SELECTIONS}) as lab:
        lab.build()
        (video,) = column("videos", "id", "view_count = (SELECT max(view_count) FROM videos)")
        run(Request.video(str(video)))
        shutil.rmtree("ids")
        sends_nothing(lab)
        assert len(set(column("comments", "video_id"))) == 5


@pytest.mark.slow
def test_rows_of_labels_about_erased_records_are_removed_and_the_others_stay_as_they_are(own_folder: Path) -> None:
    videos = {"where": {"any": [{"hashtag_name": "plantedtag"}]}, "during": ["2026-05-01", "2026-05-20"]}
    Path(LABELS).write_text("video_id,tone\n1,calm\n")
    labels = {"tone": {"file": LABELS, "of": "videos"}}
    with served(rows(), datasets={NAME: {"videos": videos, "labels": labels}}) as lab:
        lab.build(label_files=[Path(LABELS)])
        ids = column("videos", "id")
        with Path(LABELS).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["video_id", "caption", "tone"])
            writer.writerows([[f"id_{each}", f'two\nlines "of" {each}', "calm"] for each in ids])
            writer.writerow(["unknown", f"a quote of {ids[3]}", "calm"])
        (done,) = run(Request.video(str(ids[3])))
        assert done.is_verified
        assert done.certificate["label_rows"] == {LABELS: 2}
        with Path(LABELS).open(newline="") as file:
            kept = [row[0] for row in csv.reader(file)]
        assert kept == ["video_id", *(f"id_{each}" for each in ids if each != ids[3])]


@pytest.mark.slow
def test_a_mirror_is_named_and_brings_nothing_back(lab: Lab) -> None:
    mirrors.note(FOLDER.mirrors, "s3://lab/study", "", ["raw/x/videos/a.ndjson.zst"])
    (done,) = run(GONE)
    assert any("s3://lab/study" in each for each in done.certificate["not_reached"])
    with pytest.raises(Fault, match="may have what `purge` has erased"):
        mirrors.refuse_stale(FOLDER.mirrors, "s3://lab/study")


def test_a_refresh_that_is_not_finished_is_not_broken(lab: Lab) -> None:
    lab.server.move_clock("+40d")
    lab.most = 1
    with pytest.raises(Killed):
        lab.refresh()
    with pytest.raises(Fault, match="A refresh of recent was begun and not finished"):
        run(Request.user(PERSON))
    assert contain(PERSON)
    assert not FOLDER.erasures.exists()


def test_without_a_refresh_nothing_is_known_to_be_gone(purgeable: Path, own_folder: Path) -> None:
    with collected(purgeable):
        shutil.rmtree("refresh")
        with pytest.raises(Fault, match="No refresh was finished here"):
            run(GONE)


@pytest.mark.slow
def test_a_dataset_can_be_built_from_purged_pages_alone(lab: Lab) -> None:
    run(Request.user(PERSON))
    purged = digest()
    FOLDER.dataset(NAME).unlink()
    plan = Plan.read(FOLDER.plan)
    build(plan, NAME, FOLDER.dataset(NAME))
    assert digest() == purged
