"""Snakemake's scheduler, without a limit of jobs per second: `streams` and `cores` limit the jobs of a build."""

from typing import Any


def no_rate_limit(workflow: Any) -> None:
    """Remove the limit, unless the user has set one.

    With a limit, each pass of the scheduler starts a timer for another pass one second later. The passes add up: after
    a hundred jobs there are a hundred per second, which take more time than the jobs (snakemake 9.20 to 9.27).
    """
    limit = getattr(workflow.scheduling_settings, "max_jobs_per_timespan", None)
    if limit is not None and (limit.max_jobs, limit.timespan) == _DEFAULT:
        workflow.scheduling_settings.max_jobs_per_timespan = None


_DEFAULT = (100, 1)
