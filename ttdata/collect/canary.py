"""The canary: a search that is known to find something, requested before anything else on each day of the API.

TikTok's search has answered "ok" and found nothing for days. One request shows that, before a whole study is requested
in vain and taken for empty.
"""

from ttdata.api.client import Connect
from ttdata.collect.permits import writable
from ttdata.errors import EmptySuccess
from ttdata.plan.canary_files import canary_pages, found_enough
from ttdata.plan.plan import Plan
from ttdata.store.raw_files import RawFile
from ttdata.study.canary import Canary
from ttdata.text import count


def request_canary(plan: Plan, canary: Canary, connect: Connect) -> None:
    """Request it until it has found enough on this day of the API. Raises EmptySuccess, and what ttapi raises."""
    files: list[RawFile] = []
    client = connect(lambda answer: files[0].append(answer))
    client.token()  # Its answer shows the day.
    with writable(plan, canary_pages(plan, canary, client.now().date())) as raw:
        files.append(raw)
        if found_enough(canary, raw.lines):
            return
        raw.reserve()
        videos = len(client.call("video.query", canary.body, fields=["id"]).records)
    if videos < canary.at_least:
        raise EmptySuccess(
            f"The canary, a search that is known to find {count(canary.at_least, 'video')} or more, found "
            f"{count(videos, 'video')}. TikTok's search is not working, so nothing else was requested. It cost 1 "
            "request. Earlier data are unchanged. Run the same command again later; each run requests the canary first."
        )
