"""When each source with waves was first requested: noted once, so that no edit of the study moves its later waves."""

from datetime import datetime

from ttdata.files import read_json, write_json
from ttdata.plan.plan import Plan


def first_requests(plan: Plan) -> dict[tuple[str, str], datetime]:
    """The noted times, by dataset and source; those that cannot be read are left out."""
    try:
        noted = read_json(plan.raw.calendar)
    except (OSError, ValueError):
        return {}
    times: dict[tuple[str, str], datetime] = {}
    for key, moment in noted.items() if isinstance(noted, dict) else ():
        dataset, _, source = str(key).partition("/")
        try:
            time = datetime.fromisoformat(moment)
        except (TypeError, ValueError):
            continue
        if time.tzinfo:
            times[dataset, source] = time
    return times


def note_first_requests(plan: Plan, times: dict[tuple[str, str], datetime]) -> None:
    """Note the times of sources of which none is noted yet."""
    known = first_requests(plan)
    if new := {key: moment for key, moment in times.items() if key not in known}:
        everything = {**new, **known}
        write_json(
            plan.raw.calendar,
            {f"{dataset}/{source}": moment.isoformat() for (dataset, source), moment in everything.items()},
        )
