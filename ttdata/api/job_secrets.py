"""Secrets for the jobs of a build on a cluster: in a file that only their owner can read, not in the environment.

A cluster stores the environment of each job; Slurm's controller does so in clear text. The file exists while the build
is running.
"""

import json
import os
import re
from collections.abc import MutableMapping

from ttdata.files import read_json, write_private
from ttdata.store.builds import this_build
from ttdata.store.paths import Folder

_BUILD = "build"
_NAMES = re.compile(r"\w*(SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_KEY|CLIENT_KEY|PSEUDONYM_KEY)\w*")
_ALSO = ("TTAPI_LEDGER",)  # an address of a database can contain a password
# A client key of the mock server names its options, also for programs that read no such file.
_NO_SECRET = re.compile(r"mock(:.*)?|/.*")


def hide(folder: Folder, environment: MutableMapping[str, str] = os.environ) -> None:
    """Move the secrets of the environment into the file. Raises OSError if it cannot be written."""
    names = [name for name in environment if (_NAMES.fullmatch(name) or name in _ALSO) and environment[name]]
    values = {name: environment[name] for name in names if not _NO_SECRET.fullmatch(environment[name])}
    write_private(folder.secrets, json.dumps({_BUILD: this_build(), "environment": values}))
    for name in values:
        del environment[name]


def restore(folder: Folder, environment: MutableMapping[str, str] = os.environ) -> None:
    """Put the secrets of this job's build back into the environment, if they are in the file."""
    try:
        stored = read_json(folder.secrets)
    except (OSError, ValueError):
        return
    if stored.get(_BUILD) == this_build():
        environment |= stored["environment"]


def remove(folder: Folder) -> None:
    """Remove the file."""
    folder.secrets.unlink(missing_ok=True)
