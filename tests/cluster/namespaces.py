"""A second machine: a network namespace with an address of its own, which sees nothing of this one's loopback."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

HERE, THERE = "198.18.77.1", "198.18.77.2"
_NAME = "ttdata-there"
_COMMANDS = (
    f"ip netns add {_NAME}",
    f"ip link add ttd-here type veth peer name ttd-there netns {_NAME}",
    f"ip addr add {HERE}/30 dev ttd-here",
    "ip link set ttd-here up",
    f"ip netns exec {_NAME} ip addr add {THERE}/30 dev ttd-there",
    f"ip netns exec {_NAME} ip link set ttd-there up",
    f"ip netns exec {_NAME} ip link set lo up",
)


class CannotRun(Exception):
    """There can be no second namespace here; the message says why."""


@contextmanager
def second_machine() -> Iterator[list[str]]:
    """Make the namespace, and yield the words that start a command in it. Raises CannotRun."""
    if os.geteuid() or not shutil.which("ip"):
        raise CannotRun("network namespaces need root and the program ip")
    try:
        for command in _COMMANDS:
            done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
            if done.returncode:
                raise CannotRun(f"{command}: {done.stderr.strip()}")
        yield ["ip", "netns", "exec", _NAME]
    finally:
        for command in (f"ip netns del {_NAME}", "ip link del ttd-here"):
            subprocess.run(command.split(), capture_output=True, check=False)
