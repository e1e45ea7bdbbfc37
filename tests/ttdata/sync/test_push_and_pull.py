"""Raw pages in a bucket and back, by real requests to moto's server. It imitates S3; no real bucket was ever used."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import PROJECT, Outcome, journal, ttdata, until
from tests.ttdata.store.test_raw_files import write_pages
from ttdata.errors import Fault, MirrorInterrupted
from ttdata.store.mirrors import mirrors
from ttdata.store.paths import Folder
from ttdata.store.raw_files import RawFile
from ttdata.store.receipts import Receipt
from ttdata.sync.bucket import Bucket
from ttdata.sync.manifest import NAME
from ttdata.sync.pull import pull
from ttdata.sync.push import Pushed
from ttdata.sync.push import push as push_study

A, B = "raw/mock/videos/a.ndjson.zst", "raw/mock/videos/b.ndjson.zst"
RECEIPT = "raw/mock/videos/a-1of1.receipt.json"


def push(folder: Folder, bucket: Bucket) -> Pushed:
    return push_study(folder, folder.root / "config.yaml", bucket)


def content(folder: Folder) -> dict[str, bytes]:
    """The files of a folder, without the note about mirrors."""
    files = (path for path in folder.root.rglob("*") if path.is_file() and path != folder.mirrors)
    return {path.relative_to(folder.root).as_posix(): path.read_bytes() for path in files}


def pages(folder: Folder) -> dict[str, bytes]:
    return {name: each for name, each in content(folder).items() if name.endswith(".zst")}


def write_receipt(folder: Folder, records: int) -> None:
    receipt = Receipt("a-1of1", "videos", "complete", raw=A, answers=3, requests=3, least=3, records=records)
    receipt.write(folder.root / RECEIPT)


@pytest.fixture
def there(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "there")


@pytest.mark.slow
def test_what_was_pushed_is_restored_elsewhere_byte_by_byte(folder: Folder, there: Folder, bucket: Bucket) -> None:
    write_receipt(folder, 3)
    (folder.raw_pages / "mock" / "calendar.json").write_text("{}")
    assert len(push(folder, bucket).sent) == 6
    assert len(pull(there, bucket).received) == 6
    assert content(there) == content(folder)


def test_a_second_push_and_a_second_pull_transfer_nothing(folder: Folder, there: Folder, bucket: Bucket) -> None:
    push(folder, bucket)
    assert push(folder, bucket).sent == []
    pull(there, bucket)
    again = pull(there, bucket)
    assert (again.received, len(again.present)) == ([], 4)


def test_only_a_file_with_a_new_page_is_sent_again(folder: Folder, there: Folder, bucket: Bucket) -> None:
    push(folder, bucket)
    pull(there, bucket)
    write_pages(folder.root / A, 1)
    assert push(folder, bucket).sent == [A]
    assert pull(there, bucket).received == [A]
    assert content(there) == content(folder)


@pytest.mark.slow
def test_a_large_file_is_sent_in_parts(folder: Folder, there: Folder, bucket: Bucket, client: Any) -> None:
    (folder.root / "terms.txt").write_bytes(b"klima\n" * 3_000_000)
    push(folder, bucket)
    head = client.head_object(Bucket="mirror", Key=f"{bucket.prefix}terms.txt")
    assert head["ETag"].strip('"').endswith("-3")
    pull(there, bucket)
    assert content(there) == content(folder)


# Kill -9


@pytest.fixture
def many(folder: Folder) -> Folder:
    """A folder with a hundred raw files of 400 kB."""
    one = (folder.root / A).read_bytes()
    for number in range(100):
        (folder.root / f"raw/mock/videos/{number:03}.ndjson.zst").write_bytes(one * 1000)
    return folder


def kill_when(condition: Callable[[], bool], *arguments: object) -> None:
    """Run a command, and kill it with signal 9 once something is true."""
    words = [sys.executable, "-m", "ttdata", *map(str, arguments)]
    with subprocess.Popen(words, cwd=PROJECT, stderr=subprocess.DEVNULL) as process:
        until(condition)
        assert process.poll() is None, "it ended before it could be killed"
        process.kill()


@pytest.mark.slow
def test_a_killed_push_continues_with_what_is_missing(many: Folder, there: Folder, bucket: Bucket) -> None:
    command = ["sync", "push", bucket, "--directory", many.root, many.root / "config.yaml"]
    kill_when(lambda: len(bucket.listing()) > 5, *command)
    stored = len(bucket.listing())
    assert NAME not in bucket.listing()
    assert mirrors(many.mirrors)[0].files, "what it may have sent was not noted"
    with pytest.raises(Fault, match="no mirror"):
        pull(there, bucket)
    pushed = push(many, bucket)
    assert stored <= len(pushed.present) + 1
    assert len(pushed.present) + len(pushed.sent) == 104
    pull(there, bucket)
    assert pages(there) == pages(many)


@pytest.mark.slow
def test_a_killed_pull_continues_and_no_file_is_torn(many: Folder, there: Folder, bucket: Bucket) -> None:
    push(many, bucket)
    whole = pages(many)

    def received() -> list[Path]:
        return list(there.root.rglob("*.ndjson.zst"))

    kill_when(lambda: len(received()) > 5, "sync", "pull", bucket, "--directory", there.root)
    before = len(received())
    assert before < 102
    assert all(path.read_bytes() == whole[path.relative_to(there.root).as_posix()] for path in received())
    assert not (there.root / "config.yaml").exists(), "a study without all of its pages would be built"
    assert len(pull(there, bucket).present) >= before
    assert not list(there.root.rglob("*.pull"))
    assert pages(there) == whole


# Files that are being written


def test_a_torn_page_is_not_mirrored(folder: Folder, there: Folder, bucket: Bucket) -> None:
    whole = (folder.root / A).read_bytes()
    with (folder.root / A).open("ab") as file:
        file.write(whole[:50])
    push(folder, bucket)
    pull(there, bucket)
    assert (there.root / A).read_bytes() == whole
    assert push(folder, bucket).sent == []


def test_a_file_that_is_being_written_is_sent_by_the_next_push(folder: Folder, bucket: Bucket) -> None:
    with RawFile(folder.root / A), pytest.raises(MirrorInterrupted, match="being written"):
        push(folder, bucket)
    assert B in bucket.listing()
    assert push(folder, bucket).sent == [A]


def test_a_damaged_raw_file_is_not_sent(folder: Folder, bucket: Bucket) -> None:
    damaged = bytearray((folder.root / A).read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    (folder.root / A).write_bytes(damaged)
    with pytest.raises(Fault, match="is damaged at byte"):
        push(folder, bucket)
    assert bucket.listing() == {}


# Nothing that was paid for is lost


def test_other_pages_in_the_bucket_are_never_replaced(folder: Folder, bucket: Bucket) -> None:
    push(folder, bucket)
    before = bucket.listing()
    write_other(folder.root / A, more=5)
    with pytest.raises(Fault, match=r"has other pages than this folder in 1 file: 'raw/mock/videos/a"):
        push(folder, bucket)
    assert bucket.listing() == before


def test_more_pages_in_the_bucket_stay_with_their_receipt(folder: Folder, bucket: Bucket) -> None:
    few = (folder.root / A).read_bytes()
    write_pages(folder.root / A, 1)
    write_receipt(folder, 4)
    push(folder, bucket)
    before = bucket.listing()
    (folder.root / A).write_bytes(few)
    write_receipt(folder, 3)
    pushed = push(folder, bucket)
    assert (pushed.sent, pushed.longer) == ([], [A])
    assert bucket.listing() == before


def test_more_pages_in_the_folder_stay_with_their_receipt(folder: Folder, there: Folder, bucket: Bucket) -> None:
    write_receipt(folder, 3)
    push(folder, bucket)
    pull(there, bucket)
    write_pages(there.root / A, 1)
    write_receipt(there, 4)
    before = content(there)
    assert set(pull(there, bucket).kept) == {A, RECEIPT}
    assert content(there) == before


def test_fewer_pages_in_the_folder_are_replaced_with_their_receipt(
    folder: Folder, there: Folder, bucket: Bucket
) -> None:
    write_receipt(folder, 3)
    push(folder, bucket)
    pull(there, bucket)
    write_pages(folder.root / A, 1)
    write_receipt(folder, 4)
    push(folder, bucket)
    assert set(pull(there, bucket).received) == {A, RECEIPT}
    assert content(there) == content(folder)


@pytest.mark.parametrize("more", [False, True])
def test_other_pages_in_the_folder_are_never_replaced(
    folder: Folder, there: Folder, bucket: Bucket, more: bool
) -> None:
    push(folder, bucket)
    path = there.root / A
    write_pages(path, 1)
    write_other(path, 5 if more else 0)
    before = path.read_bytes()
    with pytest.raises(Fault, match=r"other pages than .*Both were paid for"):
        pull(there, bucket)
    assert path.read_bytes() == before
    if more:  # known before anything is received
        assert not (there.root / B).exists()


def write_other(path: Path, more: int = 0) -> None:
    """Turn a raw file into one whose first page is another one."""
    from ttdata.store.raw_files import frame_of

    (line, *_) = journal(path)
    path.write_bytes(frame_of(json.dumps({**line, "log_id": "another"}).encode() + b"\n"))
    write_pages(path, more)


def test_an_edited_study_stays_as_it_is(folder: Folder, there: Folder, bucket: Bucket) -> None:
    push(folder, bucket)
    there.root.mkdir()
    (there.root / "config.yaml").write_text("mine")
    assert pull(there, bucket).kept == ["config.yaml"]
    assert (there.root / "config.yaml").read_text() == "mine"


# A bucket that anybody may have written to


def change_list(client: Any, bucket: Bucket, change: Callable[[dict[str, Any]], object]) -> None:
    stored = json.loads(client.get_object(Bucket="mirror", Key=bucket.prefix + NAME)["Body"].read())
    change(stored)
    client.put_object(Bucket="mirror", Key=bucket.prefix + NAME, Body=json.dumps(stored))


@pytest.mark.parametrize(
    "name",
    [
        *("../evil.yaml", "/tmp/evil.yaml", "raw/../../evil.ndjson.zst", "raw/mock/../x/a.ndjson.zst", "a\\b.yaml"),
        *(
            "raw/mock/videos/evil.py",
            "ttdata.py",
            "json.py",
            "profiles/default/profile.yaml",
            "rules/x.yaml",
            "a\0.csv",
        ),
        *(
            ".snakemake/x.json",
            ".ttdata/study.json",
            "raw/mirrors.json",
            "config.yaml/x.csv",
            "C:/x.csv",
            "",
            "a//b.csv",
        ),
        *("raw/a.ndjson.zst", "datasets/x.csv", "raw/mock/.hidden/a.ndjson.zst", "x" * 300 + ".csv", "a\x1b[2J.csv"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(
    folder: Folder, there: Folder, bucket: Bucket, client: Any, name: str
) -> None:
    push(folder, bucket)
    change_list(client, bucket, lambda stored: stored["files"].update({name: stored["files"][A]}))
    with pytest.raises(Fault, match="Nothing was changed here"):
        pull(there, bucket)
    assert not there.root.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "entry",
    [{}, {"sha256": "x", "bytes": 1}, {"sha256": "0" * 64, "bytes": -1}, {"sha256": "0" * 64, "bytes": 1 << 70}],
)
def test_an_entry_without_a_possible_size_and_digest_is_refused(
    folder: Folder, there: Folder, bucket: Bucket, client: Any, entry: dict[str, Any]
) -> None:
    push(folder, bucket)
    change_list(client, bucket, lambda stored: stored["files"].update({A: entry}))
    with pytest.raises(Fault, match="not a list that ttdata wrote"):
        pull(there, bucket)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"format": 1, "files": []}'])
def test_a_list_that_is_none_is_refused(there: Folder, bucket: Bucket, client: Any, text: bytes) -> None:
    client.put_object(Bucket="mirror", Key=bucket.prefix + NAME, Body=text)
    with pytest.raises(Fault, match="not a list that ttdata wrote"):
        pull(there, bucket)


def test_more_than_the_disk_can_hold_is_refused(folder: Folder, there: Folder, bucket: Bucket, client: Any) -> None:
    push(folder, bucket)
    entry = {"sha256": "0" * 64, "bytes": 60 << 30}
    change_list(
        client, bucket, lambda stored: stored["files"].update({f"raw/mock/x/{n}.ndjson.zst": entry for n in range(999)})
    )
    with pytest.raises(Fault, match="the disk has room for"):
        pull(there, bucket)
    assert not there.root.exists()


@pytest.mark.parametrize("change", [lambda old: old[:-1] + b"x", lambda old: old + b"x" * (1 << 22), lambda old: b""])
def test_an_object_that_is_not_what_the_list_says_gets_no_name(
    folder: Folder, there: Folder, bucket: Bucket, client: Any, change: Callable[[bytes], bytes]
) -> None:
    push(folder, bucket)
    client.put_object(Bucket="mirror", Key=bucket.prefix + A, Body=change((folder.root / A).read_bytes()))
    with pytest.raises(Fault, match=r"a\.ndjson\.zst in .* is not what the mirror's list says"):
        pull(there, bucket)
    assert not (there.root / A).exists()
    with pytest.raises(Fault, match="Another program wrote 1 object"):
        push(folder, bucket)
    client.delete_object(Bucket="mirror", Key=bucket.prefix + A)
    assert push(folder, bucket).sent == [A]
    pull(there, bucket)
    assert content(there) == content(folder)


def test_links_are_refused_here_and_there(folder: Folder, there: Folder, bucket: Bucket, tmp_path: Path) -> None:
    push(folder, bucket)
    (tmp_path / "outside").mkdir()
    there.root.mkdir()
    (there.root / "raw").symlink_to(tmp_path / "outside")
    with pytest.raises(Fault, match="is a link"):
        pull(there, bucket)
    assert not list((tmp_path / "outside").iterdir())
    (folder.root / "raw/mock/videos/link.ndjson.zst").symlink_to(folder.root / A)
    assert push(folder, bucket).sent == []


# The commands


def run(*arguments: object, directory: Path, **environment: str) -> Outcome:
    return ttdata("sync", *arguments, directory=directory, PYTHONPATH=str(PROJECT), **environment)


@pytest.mark.slow
def test_the_commands_say_what_they_did(folder: Folder, there: Folder, bucket: Bucket) -> None:
    there.root.mkdir()
    sent = run("push", bucket, directory=folder.root)
    assert sent == Outcome(0, f"Sent 4 files ({size_of(folder):,} bytes) to {bucket}; 0 were there already.\n")
    received = run("pull", bucket, directory=there.root)
    assert received.said.startswith("Received 4 files")
    (mirror,) = mirrors(there.mirrors)
    assert (mirror.address, len(mirror.files)) == (str(bucket), 4)


def size_of(folder: Folder) -> int:
    return sum(map(len, content(folder).values()))


@pytest.mark.slow
def test_a_mirror_is_still_known_after_cleaning(folder: Folder, bucket: Bucket) -> None:
    assert run("push", bucket, directory=folder.root).status == 0
    assert ttdata("clean", directory=folder.root, PYTHONPATH=str(PROJECT)).status == 0
    assert A in mirrors(folder.mirrors)[0].files


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "address", "status", "words"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "s3://mirror/x", 75, "Run the same command again"),
        ({"AWS_ENDPOINT_URL": "http://u:pass-word@127.0.0.1:9"}, "s3://mirror/x", 75, "Run the same command again"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, "s3://mirror/x", 1, "settings for the bucket cannot be used"),
        ({"AWS_ENDPOINT_URL": "u:pass-word@x"}, "s3://mirror/x", 1, "settings for the bucket cannot be used"),
        ({}, "s3://no-such-bucket/x", 1, "There is no bucket no-such-bucket"),
        ({}, "mirror/x", 1, "is not the address of a bucket"),
        ({}, "s3://UPPER/x", 1, "is not the address of a bucket"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_EC2_METADATA_DISABLED": "true"}, "s3://mirror/x", 1, "no credentials"),
    ],
)
def test_what_goes_wrong_is_a_sentence(
    folder: Folder, client: Any, environment: dict[str, str], address: str, status: int, words: str
) -> None:
    outcome = run("push", address, directory=folder.root, **environment)
    assert outcome.status == status, outcome.said
    assert words in " ".join(outcome.said.split())
    assert "Traceback" not in outcome.said
    assert "secret-of-the-tests" not in outcome.said
    assert "pass-word" not in outcome.said
    assert all(len(line) < 80 for line in outcome.said.splitlines())


@pytest.mark.slow
def test_nothing_is_mirrored_while_a_build_is_running(folder: Folder, bucket: Bucket) -> None:
    from ttdata.store import builds

    held = builds.hold(folder.build)
    assert held
    for outcome in (run("push", bucket, directory=folder.root), run("pull", bucket, directory=folder.root)):
        assert outcome.status == 1
        assert "build is running in this folder" in outcome.said
    held.release()
