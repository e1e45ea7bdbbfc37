"""The one place that turns an exception into a sentence on standard error and an exit status."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ttapi import NoAnswer, QuotaExhausted, TikTokError
from ttdata.collect.job import BuildGone, BuildStopped
from ttdata.errors import EmptySuccess, Fault, MirrorInterrupted, NotDue, NotYet, Unfinished
from ttdata.plan.plan import Plan
from ttdata.store import doubts
from ttdata.store.builds import is_mine_running, this_build
from ttdata.store.paths import Folder
from ttdata.store.stops import TEMPORARY_FAILURE, Stop
from ttdata.text import say


@contextmanager
def sentences(
    folder: Folder = Folder(),  # noqa: B008 (immutable)
    *,
    stops_build: bool = False,
    fault: int = 1,
) -> Iterator[None]:
    """End with a sentence instead of a traceback: status `fault`, or 75 if the same command is to be run later.

    stops_build: an error concerns all jobs of the build in this folder, so none of them continues.
    A job whose build has ended says nothing and leaves no trace: its answers are stored.
    """
    try:
        yield
    except BuildGone:
        sys.exit(TEMPORARY_FAILURE)
    except QuotaExhausted as error:
        _stop_build(folder, Stop.of(error))
        _say_outside_build(error)
        sys.exit(TEMPORARY_FAILURE)
    except (BuildStopped, NotYet) as error:
        _say_outside_build(error)
        sys.exit(TEMPORARY_FAILURE)
    except MirrorInterrupted as error:
        say(str(error))
        sys.exit(TEMPORARY_FAILURE)
    except Unfinished as error:
        _say_outside_build(error)
        sys.exit(1)
    except EmptySuccess as error:
        # It concerns this search alone: the other sources of the build continue.
        doubts.append(folder, error)
        _say_outside_build(error)
        sys.exit(TEMPORARY_FAILURE)
    except NoAnswer as error:
        if not stops_build:
            say(str(error))
            sys.exit(1)
        # No token: a job in a build has one from its start, unless the workflow is a module of another.
        _stop_build(folder, Stop.unanswered(error))
        _say_outside_build(error)
        sys.exit(TEMPORARY_FAILURE)
    except (Fault, TikTokError, OSError) as error:
        if stops_build and not isinstance(error, NotDue):
            _stop_build(folder, Stop("fault"))
        if isinstance(error, BrokenPipeError):  # the reader has closed the pipe: click exits without a message
            raise
        say(_file_sentence(error) if isinstance(error, OSError) else str(error))
        sys.exit(fault)
    except KeyboardInterrupt:
        # All answers are stored; there is nothing to report.
        os._exit(130)


@contextmanager
def reaching(plan: Plan) -> Iterator[None]:
    """Raise Unreachable for a failed connection to an API that has never answered in this folder."""
    try:
        yield
    except NoAnswer as error:
        from ttdata.api.reached import unreachable

        raise unreachable(error, plan.base_url, plan.host, plan.folder) or error from None


def _stop_build(folder: Folder, stop: Stop) -> None:
    """Stop all jobs of this build. If it has ended, this process ends without a trace."""
    build = this_build()
    if build and not is_mine_running(folder.build, build):
        sys.exit(TEMPORARY_FAILURE)
    stop.write(folder.stop)


def _say_outside_build(error: Exception) -> None:
    """A build prints this itself at its end."""
    if not this_build():
        say(str(error))


def _file_sentence(error: OSError) -> str:
    return f"{error.filename or 'A file'} cannot be used: {error.strerror}."
