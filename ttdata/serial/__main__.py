"""`python -m ttdata.serial STUDY` builds in the current folder: a process with an environment of its own."""

import sys
from pathlib import Path

from ttapi import TikTokError
from ttdata.errors import Fault
from ttdata.serial.build import build_study
from ttdata.store.paths import Folder
from ttdata.text import folded

if __name__ == "__main__":
    try:
        build_study(Path(sys.argv[1]), Folder())
    except (Fault, TikTokError) as fault:
        sys.exit(folded(str(fault)))
