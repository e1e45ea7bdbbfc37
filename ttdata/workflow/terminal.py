"""A terminal on which jobs print lines above a progress bar.

Jobs are processes that write where Snakemake writes. So its standard output and standard error go through pipes, and
every line is printed whole above the bar, no matter which process wrote it.
"""

import os
import selectors
import sys
import threading
from typing import TextIO

from tqdm import tqdm

_FORMAT = "{percentage:3.0f}% |{bar}| {desc}"


class Terminal:
    """The bar on standard error, and the lines above it, from `open` to `close`."""

    def open(self) -> None:
        self._lock = threading.RLock()
        tqdm.set_lock(self._lock)  # its own would start a process
        tqdm.monitor_interval = 0
        self._real = {number: os.dup(number) for number in (1, 2)}
        self._screen: TextIO = os.fdopen(os.dup(2), "w", encoding=sys.stderr.encoding, errors="replace")
        self._bar = tqdm(
            total=1.0, file=self._screen, bar_format=_FORMAT, dynamic_ncols=True, leave=False, miniters=0, mininterval=0
        )
        self._pipes = {}
        for number in (1, 2):
            self._pipes[number], writing = os.pipe()
            os.dup2(writing, number)
            os.close(writing)
        self._reader = threading.Thread(target=self._read, name="lines above the bar", daemon=True)
        self._reader.start()

    def show(self, share: float, words: str) -> None:
        """Redraw the bar: the share of the work that is done, with a text next to it."""
        with self._lock:
            self._bar.n = min(max(share, 0.0), 1.0)
            self._bar.set_description_str(words, refresh=True)

    def close(self) -> None:
        """Remove the bar; what was printed stays."""
        sys.stdout.flush()
        sys.stderr.flush()
        for number, real in self._real.items():
            os.dup2(real, number)
        # A job that is being ended may hold a pipe for a moment longer; its last lines are not waited for.
        self._reader.join(timeout=2)
        self._bar.close()

    def _read(self) -> None:
        left = dict.fromkeys(self._pipes, b"")
        with selectors.DefaultSelector() as selector:
            for number, pipe in self._pipes.items():
                selector.register(pipe, selectors.EVENT_READ, number)
            while selector.get_map():
                for ready, _ in selector.select():
                    data, number = os.read(ready.fd, 1 << 16), ready.data
                    if not data:
                        selector.unregister(ready.fd)
                        os.close(ready.fd)
                    lines, end, left[number] = (left[number] + data).rpartition(b"\n")
                    self._print(number, lines + end + (b"" if data else left[number]))

    def _print(self, number: int, lines: bytes) -> None:
        if not lines:
            return
        with self._lock:
            self._bar.clear()
            while lines:
                lines = lines[os.write(self._real[number], lines) :]
            self._bar.refresh()
