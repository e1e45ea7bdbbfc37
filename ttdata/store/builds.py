"""The build that is running in a folder: a file that it holds locked and renews, by which others see that it is alive.

On one machine the kernel's lock decides: it ends with the process, however that ends. For builds on other machines,
which may not see the lock, the time of the last renewal decides.
"""

import fcntl
import json
import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Self

ENVIRONMENT = "TTDATA_BUILD"
"""The variable by which the jobs of a build know its id."""
OWNER = "TTDATA_OWNER"
"""In a module, the process of Snakemake: its first job that sends a request starts what the others need."""
RENEW = 20.0  # seconds
DEAD = 60.0  # seconds without renewal, after which a build on another machine has ended

# A check by somebody else can hold the lock for a moment.
_TRIES, _PAUSE = 20, 0.05


def this_build() -> str:
    """The id of the build that this process is part of; "" outside a build."""
    return os.environ.get(ENVIRONMENT, "")


def this_machine() -> str:
    """What tells machines apart that have the same name; it lasts until the machine is started again."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return socket.gethostname()


@dataclass(frozen=True)
class Build:
    """One run of Snakemake. id: another one for every build; started: by the clock of its machine (UTC)."""

    id: str
    host: str
    pid: int
    started: str
    machine: str = ""

    @classmethod
    def new(cls) -> Self:
        started = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        return cls(uuid.uuid4().hex[:16], socket.gethostname(), os.getpid(), started, this_machine())

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The build that a file names; None if there is no file, or no build in it."""
        try:
            build = cls(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        texts = (build.id, build.host, build.started, build.machine)
        return build if all(isinstance(text, str) for text in texts) and type(build.pid) is int else None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it runs on another machine than this process. Its kernel's locks cannot be relied on here."""
        return self.machine != this_machine() if self.machine else self.host != socket.gethostname()

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, started {self.started} UTC"


class Held:
    """The file of this process's build, locked and renewed until `release`."""

    def __init__(self, path: Path, build: Build, file: BinaryIO) -> None:
        self.build, self._path, self._file = build, path, file
        self._ended = threading.Event()
        threading.Thread(target=self._renew, name="renewal of the build", daemon=True).start()

    def release(self) -> None:
        """Remove the file, unless it is another build's by now."""
        self._ended.set()
        if self.is_current:
            self._path.unlink(missing_ok=True)
        self._file.close()

    @property
    def is_current(self) -> bool:
        """Whether the file still names this build: nobody has removed it or taken the folder over."""
        return Build.read(self._path) == self.build

    def _renew(self) -> None:
        while not self._ended.wait(RENEW):
            if self.is_current:
                with suppress(OSError):
                    os.utime(self._path)


def hold(path: Path) -> Held | None:
    """Begin a build in a folder; None if another one is running there.

    Raises OSError if the file cannot be written or locked; raw files need a file system with locks, too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if running(path):
        return None
    file = path.open("ab+")
    if not _lock(file, fcntl.LOCK_EX):
        file.close()
        return None
    build = Build.new()
    file.truncate(0)
    file.write(json.dumps(asdict(build)).encode())
    file.flush()
    return Held(path, build, file)


def running(path: Path) -> Build | None:
    """The build that is running in a folder, by its file; None if there is none, or it has ended."""
    build = Build.read(path)
    if _is_locked(path):
        return build or Build("", socket.gethostname(), 0, "a moment ago")
    if build is None or not build.is_elsewhere or _seconds_since_renewal(path) > DEAD:
        return None
    return build


def is_mine_running(path: Path, build_id: str) -> bool:
    """Whether the build with an id is the one that is running in a folder."""
    build = running(path)
    return build is not None and build.id == build_id


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return not _lock(file, fcntl.LOCK_SH, tries=1)
    except OSError:
        return False


def _lock(file: BinaryIO, kind: int, tries: int = _TRIES) -> bool:
    """Lock a file; False if another process has it locked. Raises OSError on a file system without locks."""
    for _ in range(tries):
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE if tries > 1 else 0)
        else:
            return True
    return False


def _seconds_since_renewal(path: Path) -> float:
    """By the clock of the file system, which may not be that of this machine."""
    probe = path.with_name(f"{path.name}.{os.getpid()}.probe")
    try:
        probe.touch()
        return probe.stat().st_mtime - path.stat().st_mtime
    except OSError:
        return 0.0
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
