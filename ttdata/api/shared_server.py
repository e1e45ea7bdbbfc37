"""What the first job of a build does for all of them, where no handler of Snakemake can: see workflow/module.py."""

import fcntl
import os
from collections.abc import Callable

from ttdata.api.mock_server import MockServer
from ttdata.files import read_json, write_json
from ttdata.store.paths import Folder
from ttdata.study.study import MOCK

OWNER = "TTDATA_OWNER"
"""The process of Snakemake, in the jobs of a module: the bundled server ends with it."""


def join_session(base_url: str, folder: Folder, begin: Callable[[], None]) -> None:
    """Start the bundled server if the study uses it, and call `begin`, unless another job of this build has.

    Outside a module it does nothing.
    """
    owner = os.environ.get(OWNER)
    if owner is None:
        return
    lock = folder.session.with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        session = read_json(folder.session) if folder.session.exists() else {}
        is_new = session.get("owner") != owner
        if is_new:
            session = {"owner": owner, "environment": {}}
            if base_url == MOCK:
                session["environment"] = MockServer.start(folder, exit_with=int(owner)).to_environment()
        os.environ |= session["environment"]
        if is_new:
            begin()
            write_json(folder.session, session)
