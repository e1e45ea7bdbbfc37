"""Settings of the process with which the memory of a server that runs for long stays the same."""

import ctypes
import gc
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _BYTES = -1, -3, 128 << 10  # parameters of mallopt in glibc, and their default


def settle() -> None:
    """Call it when everything is loaded.

    What is loaded stays, so it is kept out of garbage collections, each of which would delay a page by milliseconds.
    glibc raises its thresholds for large blocks while a program runs. Then these leave gaps in its heap, which grew by
    2 MB in 20,000 requests. Thresholds that were set stay as they are.
    """
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            for parameter in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
                ctypes.CDLL(None).mallopt(parameter, _BYTES)
