"""Which file system a file is on. SQLite's WAL shares memory between processes, which two hosts do not have in common.

On a network file system, two hosts would each count in their own memory and send more than the quota together.
"""

import os
import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
"""The mounts that this process sees, by Linux; elsewhere there is no such file, and nothing is refused."""

# As Linux calls them, without "fuse.". Among them are those that a virtual machine shares with others.
_SHARED = frozenset(
    """
    9p acfs afs auristorfs beegfs beegfs_nodev ceph cifs coda cvmfs davfs davfs2 fhgfs gcsfuse gfs gfs2 glusterfs gpfs
    juicefs kafs lizardfs lustre mfs mmfs moosefs mount-s3 ncpfs nfs nfs4 ocfs2 orangefs panfs prl_fs pvfs2 quobyte
    rclone s3fs seaweedfs smb smb2 smb3 smbfs smbnetfs sshfs vboxsf virtiofs vmhgfs vmhgfs-fuse wekafs xtreemfs
    """.split()  # noqa: SIM905 (forty lines otherwise)
)
_OCTAL = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the network file system that a file is on, or will be; "" if it is on a local one, or unknown."""
    place = Path(os.path.realpath(path))
    while not os.path.exists(place) and place != place.parent:  # looking also mounts what is mounted on demand
        place = place.parent
    kind = _type_at(place, mounts).removeprefix("fuse.")
    return kind if kind in _SHARED else ""


def _type_at(place: Path, mounts: Path) -> str:
    """The file system with the longest mount point that holds a place; of several at one point, the last covers all."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    found, depth = "", 0
    for line in lines:
        # ID PARENT DEVICE ROOT POINT OPTIONS [MORE …] - TYPE SOURCE …
        mount, _, system = line.partition(" - ")
        point = Path(_OCTAL.sub(lambda code: chr(int(code[1], 8)), mount.split(" ")[4]))
        if place.is_relative_to(point) and len(point.parts) >= depth:
            found, depth = system.split(" ")[0], len(point.parts)
    return found
