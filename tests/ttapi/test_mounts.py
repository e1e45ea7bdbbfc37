"""A ledger in a file is refused where two hosts could use it, before anything is sent."""

import os
from datetime import date
from pathlib import Path

import pytest

from ttapi import Ledger, LedgerUnavailable, ledger_is_shared, open_ledger
from ttapi.ledgers.mounts import MOUNTS, network_file_system

LOCAL = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw"


@pytest.fixture
def mounts(tmp_path):
    """Writes a list of mounts, in Linux's form, below the folder of a test."""

    def write(*rows: tuple[Path, str]) -> Path:
        lines = [LOCAL]
        for number, (point, kind) in enumerate(rows, 30):
            escaped = str(point).replace("\\", r"\134").replace(" ", r"\040")
            lines.append(
                f"{number} 22 0:{number} / {escaped} rw,relatime shared:{number} master:1 - {kind} server:/x rw"
            )
        file = tmp_path / "mountinfo"
        file.write_text("\n".join(lines) + "\n")
        return file

    return write


@pytest.mark.parametrize(
    "kind",
    ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "lustre", "gpfs", "beegfs", "ceph", "afs", "fuse.glusterfs", "9p"],
)
def test_a_ledger_on_a_network_file_system_is_refused_with_the_remedy(tmp_path, mounts, kind):
    share = tmp_path / "share"
    share.mkdir()
    with pytest.raises(LedgerUnavailable) as caught:
        Ledger(share / "deep" / "quota.sqlite", mounts=mounts((share, kind)))
    assert str(caught.value) == (
        f"The quota ledger {share}/deep/quota.sqlite would be on a network file system ({kind.removeprefix('fuse.')}), "
        "where two hosts could send more than the quota without a warning. Nothing was sent. If all requests are sent "
        "from one host, set TTAPI_LEDGER to a file on a local disk, such as /var/tmp/quota.sqlite. For several hosts, "
        "set TTAPI_LEDGER=postgresql://… on each of them (docs/several-hosts.md)."
    )
    assert list(share.iterdir()) == []


def test_a_ledger_in_memory_is_used_wherever_its_process_is(tmp_path, mounts, monkeypatch):
    share = tmp_path / "share"
    share.mkdir()
    share.chmod(0o2770)
    monkeypatch.chdir(share)
    ledger = Ledger(":memory:", mounts=mounts((share, "nfs")))
    assert ledger.claim("me", "general", date(2026, 6, 1), "user.info")
    assert list(share.iterdir()) == []


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk", "fuse.gocryptfs"])
def test_a_ledger_on_a_local_file_system_is_used(tmp_path, mounts, kind):
    assert network_file_system(tmp_path / "quota.sqlite", mounts((tmp_path, kind))) == ""


def test_the_longest_mount_point_decides_and_the_last_of_several_at_one_place(tmp_path, mounts):
    scratch = tmp_path / "home" / "scratch"
    scratch.mkdir(parents=True)
    listed = mounts((scratch, "ext4"), (tmp_path / "home", "autofs"), (tmp_path / "home", "nfs4"))
    assert network_file_system(tmp_path / "home" / "q.sqlite", listed) == "nfs4"
    assert network_file_system(scratch / "q.sqlite", listed) == ""
    assert network_file_system(tmp_path / "homework" / "q.sqlite", listed) == ""


def test_a_file_system_that_is_mounted_when_it_is_looked_at_is_found(tmp_path, mounts, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    listed = mounts((home, "autofs"))

    def exists(path: Path) -> bool:
        if path == home:
            mounts((home, "autofs"), (home, "nfs4"))
        return path.exists()

    monkeypatch.setattr(os.path, "exists", exists)
    assert network_file_system(home / "deep" / "q.sqlite", listed) == "nfs4"


def test_links_and_blanks_are_followed(tmp_path, mounts):
    share = tmp_path / "the share"
    share.mkdir()
    (tmp_path / "link").symlink_to(share)
    listed = mounts((share, "nfs"))
    assert network_file_system(tmp_path / "link" / "q.sqlite", listed) == "nfs"
    (tmp_path / "q.sqlite").symlink_to(share / "q.sqlite")
    assert network_file_system(tmp_path / "q.sqlite", listed) == "nfs"


def test_where_there_is_no_list_of_mounts_nothing_is_refused(tmp_path):
    assert network_file_system(tmp_path / "q.sqlite", tmp_path / "no-such-file") == ""


@pytest.mark.skipif(not MOUNTS.exists(), reason="only Linux lists its mounts here")
def test_the_list_of_this_machine_is_read():
    assert network_file_system(Path("/proc/self/x")) == ""


@pytest.mark.parametrize(
    "address",
    ["mysql://host/x", "sqlite:///q.sqlite", "postgresql+psycopg://u:p@h/d", "host=db dbname=ledger", "dbname=ledger"],
)
def test_an_address_that_is_neither_a_path_nor_postgresql_is_refused(tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TTAPI_LEDGER", address)
    with pytest.raises(LedgerUnavailable) as caught:
        open_ledger()
    assert str(caught.value) == (
        "TTAPI_LEDGER names neither a file nor a PostgreSQL database. Nothing was sent. Set it to a path, or to an "
        "address such as postgresql://USER@HOST/DATABASE."
    )
    with pytest.raises(LedgerUnavailable) as caught:
        Ledger.default_path()
    assert str(caught.value) == (
        "The quota ledger is a database, and was to be opened as a file. Nothing was sent. Open it with "
        "ttapi.open_ledger(), which opens the ledger that TTAPI_LEDGER names, whether it is a file or a database."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "is_shared"),
    [
        ("postgresql://host/ledger", True),
        ("postgres://host/ledger", True),
        ("POSTGRESQL://host/ledger", False),
        ("mysql://host/ledger", False),
        ("/var/tmp/quota.sqlite", False),
        ("", False),
    ],
)
def test_only_a_postgresql_database_is_shared_by_hosts(monkeypatch, address, is_shared):
    monkeypatch.setenv("TTAPI_LEDGER", address)
    assert ledger_is_shared() is is_shared


@pytest.mark.parametrize("kind", [str, Path])
def test_the_address_of_a_database_does_not_become_the_name_of_a_file(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LedgerUnavailable, match=r"Nothing was sent\. Open it with ttapi\.open_ledger") as caught:
        Ledger(kind("postgresql://quota:Secret7@host/ledger"))
    assert "Secret7" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_opened_with_the_limits_and_the_patience_that_are_given(tmp_path):
    ledger = open_ledger(tmp_path / "q.sqlite", limits={"general": 10}, use=0.5, patience=1.5)
    assert (ledger.limit("general"), ledger.limit("follow")) == (5, 10_000)
    ledger.spent("me", "general", date(2026, 6, 1))
    assert ledger._connection.execute("PRAGMA busy_timeout").fetchone() == (1_500,)
    ledger.close()


def test_a_path_opens_a_file(tmp_path):
    assert open_ledger().path == str(tmp_path / "quota.sqlite")
    assert open_ledger(tmp_path / "other.sqlite").path == tmp_path / "other.sqlite"
