"""A Slurm cluster of two nodes on this machine, from Debian's packages; nothing of it remains.

munged and the daemons run as root, with all their files in one folder, except /etc/slurm/slurm.conf: the executor
plugin removes the variable that could name another one.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("slurm-wlm", "munge")
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munged")
CONF = Path("/etc/slurm/slurm.conf")
NODES = ("n1", "n2")
_STARTS = 30  # seconds

_TEMPLATE = """\
ClusterName=throwaway
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MinJobAge=3600
KillWait=2
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 RealMemory=8000
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2 RealMemory=8000
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""


class CannotRun(Exception):
    """There can be no cluster here; the message says why."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster. `folder` holds all that it writes, the controller's state among it."""

    folder: Path

    @property
    def queued(self) -> list[str]:
        """The ids of the jobs that wait or run."""
        return _output("squeue", "--noheader", "--format=%A", "--states=PD,R,CG,CF").split()

    @property
    def jobs(self) -> dict[str, str]:
        """The node of each job so far."""
        lines = _output("squeue", "--noheader", "--format=%A %N", "--states=all").splitlines()
        return {line.split()[0]: " ".join(line.split()[1:]) for line in lines}

    def stored(self) -> bytes:
        """All that the controller and the nodes have stored so far: their states, scripts, environments and logs."""
        content = []
        for path in sorted(self.folder.rglob("*")):
            with suppress(OSError):  # a job's folder is removed with it
                if path.is_file() and path.name != "munge.key":
                    content.append(path.read_bytes())
        return b"\n".join(content)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster whose files are in a new folder, and remove it. Raises CannotRun."""
    _check()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(_munge(folder))
        for name in ("state", *(f"spool-{node}" for node in NODES)):
            (folder / name).mkdir()
        CONF.write_text(_TEMPLATE.format(host=socket.gethostname(), folder=folder, ports=_free_ports(3)))
        processes.append(_daemon("slurmctld", "-D"))
        processes += [_daemon("slurmd", "-D", "-N", node) for node in NODES]
        _wait_for_nodes(folder)
        yield Cluster(folder)
    finally:
        _stop(processes)
        CONF.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def _check() -> None:
    if os.geteuid():
        raise CannotRun("the daemons of Slurm must be started by root")
    if CONF.exists():
        raise CannotRun(f"{CONF} exists: this machine belongs to a cluster")
    if not all(map(shutil.which, PROGRAMS)):
        install = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
        try:
            done = subprocess.run(install, capture_output=True, text=True, check=False)
        except OSError:
            raise CannotRun(f"{' and '.join(PACKAGES)} of Debian are not installed") from None
        if done.returncode:
            raise CannotRun(f"apt-get cannot install {' and '.join(PACKAGES)}: {done.stderr.strip()[-200:]}")


def _munge(folder: Path) -> "subprocess.Popen[bytes]":
    folder.mkdir(mode=0o755)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    files = {"key-file": key, "socket": folder / "munge.socket", "pid-file": folder / "munged.pid"}
    files |= {"log-file": folder / "munged.log", "seed-file": folder / "munged.seed"}
    # --force: the folder is below /tmp, which others may write to.
    return _daemon("munged", "--foreground", "--force", *(f"--{name}={path}" for name, path in files.items()))


def _daemon(*command: str) -> "subprocess.Popen[bytes]":
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)


def _wait_for_nodes(folder: Path) -> None:
    for _ in range(_STARTS * 4):
        if _output("sinfo", "--noheader", "--format=%t %D").split() == ["idle", str(len(NODES))]:
            return
        time.sleep(0.25)
    logs = "\n".join(path.read_text()[-500:] for path in sorted(folder.glob("*.log")))
    raise CannotRun(f"the nodes are not idle after {_STARTS} seconds: {_output('sinfo')}\n{logs}")


def _stop(processes: list["subprocess.Popen[bytes]"]) -> None:
    if CONF.exists():
        _output("scancel", "--user", "root", "--signal=KILL")
    for process in reversed(processes):
        process.terminate()
    for process in reversed(processes):
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
