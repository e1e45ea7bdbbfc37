"""The endpoints as one table."""

from mockserver.call import Endpoint
from mockserver.comments_endpoint import FIELDS as COMMENT_FIELDS
from mockserver.comments_endpoint import list_comments
from mockserver.records import QUERY_COLUMNS
from mockserver.users_endpoints import INFO_FIELDS, user_info
from mockserver.videos_endpoint import query_videos

TOKEN_PATH = "/v2/oauth/token/"  # noqa: S105
_DOC = "developers.tiktok.com/doc/research-api-specs-query-"

ENDPOINTS = (
    Endpoint(
        "video.query",
        "/v2/research/video/query/",
        query_videos,
        _DOC + "videos",
        tuple(QUERY_COLUMNS),
        True,
        list_key="videos",
        message="",
    ),
    Endpoint(
        "video.comments",
        "/v2/research/video/comment/list/",
        list_comments,
        _DOC + "video-comments",
        COMMENT_FIELDS,
        True,
        list_key="comments",
    ),
    Endpoint("user.info", "/v2/research/user/info/", user_info, _DOC + "user-info", INFO_FIELDS, True, message=""),
)
BY_PATH = {endpoint.path: endpoint for endpoint in ENDPOINTS}
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}
