"""A ledger in a file is refused where two hosts could use it, before anything is sent."""

from pathlib import Path

import pytest

from ttapi import Ledger, LedgerUnavailable, open_ledger
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
    for part in (kind.removeprefix("fuse."), "Nothing was sent.", "TTAPI_LEDGER=postgresql://…", "a local disk"):
        assert part in str(caught.value)
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
    with pytest.raises(LedgerUnavailable, match=r"neither a file nor a PostgreSQL database\. Nothing was sent"):
        open_ledger()
    with pytest.raises(LedgerUnavailable, match=r"Open it with ttapi\.open_ledger"):
        Ledger.default_path()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [str, Path])
def test_the_address_of_a_database_does_not_become_the_name_of_a_file(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LedgerUnavailable, match=r"Nothing was sent\. Open it with ttapi\.open_ledger") as caught:
        Ledger(kind("postgresql://quota:Secret7@host/ledger"))
    assert "Secret7" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_path_opens_a_file(tmp_path, monkeypatch):
    assert open_ledger().path == str(tmp_path / "quota.sqlite")
    assert open_ledger(tmp_path / "other.sqlite").path == tmp_path / "other.sqlite"
