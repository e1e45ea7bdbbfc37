"""Paths at the API's host that are not endpoints of the Research API."""

from collections.abc import Mapping

from mockserver.messages import Answer

# Paths of TikTok's other products, whose scopes no client of the Research API has: five of the Commercial Content API,
# two of the Display API. The value: whether the error object repeats the HTTP status.
OTHER_PRODUCTS: Mapping[str, bool] = {
    "/v2/research/adlib/ad/query/": True,
    "/v2/research/adlib/ad/detail/": True,
    "/v2/research/adlib/ad/report/": True,
    "/v2/research/adlib/advertiser/query/": True,
    "/v2/research/adlib/commercial_content/query/": True,
    "/v2/user/info/": False,
    "/v2/video/list/": False,
}
NOT_FOUND = Answer(
    404,
    b"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>\n",
    {"Content-Type": "text/html", "X-Mock-Reason": "unknown-path; recorded; a developer's measurement of 2026-07-30"},
)
