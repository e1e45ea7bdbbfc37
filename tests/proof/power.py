"""Power failures: what was not on disk is lost, and a file that was being written ends anywhere."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.proof.result import Result
from tests.proof.server import new_folder
from tests.support import FOLDER, small_study
from tests.ttdata.comply.lost import Killed
from tests.ttdata.worlds import collect_study, mock_tenant
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of
from ttdata.store.raw_files import RawFile, number_of_frames

NAME = "small"


def every_byte_of_the_last_two_pages(trials: int, seed: int) -> Result:
    """A raw file that ends at any byte of its last two frames keeps every page before that. trials: bytes at most."""
    result = Result()
    with new_folder() as folder, mock_tenant(f"seed={seed}") as connect:
        collect_study(small_study(), connect)
        path = max(FOLDER.raw_pages.glob("*/*/*.ndjson.zst"), key=number_of_frames)
        content, pages = path.read_bytes(), number_of_frames(path)
        ends = [at for at in range(len(content)) if content.startswith(b"\x28\xb5\x2f\xfd", at)]
        lengths = range(ends[-2], len(content))
        for length in lengths if len(lengths) <= trials else random.Random(seed).sample(lengths, trials):
            torn = folder / "torn.ndjson.zst"
            torn.write_bytes(content[:length])
            with RawFile(torn) as raw:
                expected = pages - 2 if length < ends[-1] else pages - 1
                result.check(
                    len(raw.lines) == expected, f"{length:,} of {len(content):,} bytes: {len(raw.lines)} pages"
                )
            torn.unlink()
        result.notes.append(f"bytes {lengths.start:,} to {lengths.stop:,} of a file with {pages} pages")
    return result


def unsynced_files_dropped(trials: int, seed: int) -> Result:
    """After a power failure each file has what it had when it was last synced; then the same study is built again."""
    result = Result()
    whole, requests = _build(seed, None)
    for number in range(trials):
        moment = 1 + number * 3
        digest, sent = _build(seed, moment)
        # The request under way is sent again; an answer that was stored never is.
        holds = digest == whole and sent - requests <= 1
        same = "the same dataset" if digest == whole else "another dataset"
        result.check(holds, f"power failed at change {moment}: {same}, {sent - requests} requests more")
    return result


def _build(seed: int, moment: int | None) -> tuple[str, int]:
    """Collect and build; the power fails once, before the Nth change that is made durable."""
    sent = 0
    with new_folder() as folder, mock_tenant(f"seed={seed}") as connect:

        def counting(on_answer: Any) -> Any:
            def counted(answer: Any) -> None:
                nonlocal sent
                sent += 1
                on_answer(answer)

            return connect(counted)

        def whole_build() -> None:
            build(collect_study(small_study(), counting), NAME, FOLDER.dataset(NAME))

        if moment is not None:
            with pytest.MonkeyPatch.context() as patch:
                disk = _Disk(folder, moment, patch)
                try:
                    whole_build()
                except Killed:
                    disk.restore()
        whole_build()
        return digest_of(FOLDER.dataset(NAME)), sent


class _Disk:
    """What is on disk: the contents of files when they were synced, and their names when the folder was."""

    def __init__(self, folder: Path, moment: int, patch: pytest.MonkeyPatch) -> None:
        self._folder, self._left = folder, moment
        self._synced: dict[Path, bytes] = {}
        fsync, replace = os.fsync, os.replace
        patch.setattr(os, "fsync", self._counted(fsync, self._note))
        patch.setattr(os, "replace", self._counted(replace, lambda *_: None))

    def _counted(self, function: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                raise Killed
            result = function(*args, **kwargs)
            note(*args)
            return result

        return call

    def _note(self, descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if path.is_file():
            self._synced[path] = path.read_bytes()
        elif path.is_dir():
            # The names in it are durable now, with the contents that were synced before.
            for file in path.iterdir():
                if file.is_file() and file not in self._synced:
                    self._synced[file] = file.read_bytes()

    def restore(self) -> None:
        for path in [path for path in self._folder.rglob("*") if path.is_file()]:
            if path not in self._synced:
                path.unlink()
            elif path.read_bytes() != self._synced[path]:
                path.write_bytes(self._synced[path])
