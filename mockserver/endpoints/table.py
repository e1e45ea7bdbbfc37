"""The endpoints as one table.

To add one: its row here, its function in the file of its family, its description in admin/openapi.yaml.
"""

from mockserver.endpoints import comments, compliance, shops, users, videos
from mockserver.endpoints.call import Endpoint
from mockserver.messages import read_upload
from mockserver.search.columns import LIST_COLUMNS, QUERY_COLUMNS
from mockserver.search.records import COMMENT_FIELDS, USER_FIELDS
from mockserver.search.shops import PRODUCT_FIELDS, REVIEW_FIELDS, SHOP_FIELDS

_SEARCH, _LISTED = tuple(QUERY_COLUMNS), tuple(LIST_COLUMNS)

# fmt: off
ENDPOINTS = (
    Endpoint(
        "video.query", "/v2/research/video/query/", videos.query,
        "developers.tiktok.com/doc/research-api-specs-query-videos",
        fields=_SEARCH, fields_required=True, list_key="videos", paged_by="cursor", message=""),
    Endpoint(
        "video.comments", "/v2/research/video/comment/list/", comments.list_comments,
        "developers.tiktok.com/doc/research-api-specs-query-video-comments",
        fields=COMMENT_FIELDS, fields_required=True, list_key="comments", paged_by="cursor", default_count=10),
    Endpoint(
        "user.info", "/v2/research/user/info/", users.info,
        "developers.tiktok.com/doc/research-api-specs-query-user-info",
        fields=USER_FIELDS, fields_required=True, message=""),
    Endpoint(
        "user.followers", "/v2/research/user/followers/", users.followers,
        "developers.tiktok.com/doc/research-api-specs-query-user-followers",
        list_key="user_followers", paged_by="cursor", bucket="follow"),
    Endpoint(
        "user.following", "/v2/research/user/following/", users.following,
        "developers.tiktok.com/doc/research-api-specs-query-user-following",
        list_key="user_following", paged_by="cursor", bucket="follow"),
    Endpoint(
        "user.liked", "/v2/research/user/liked_videos/", users.liked_videos,
        "developers.tiktok.com/doc/research-api-specs-query-user-liked-videos",
        fields=_LISTED, fields_required=True, list_key="user_liked_videos", paged_by="cursor"),
    Endpoint(
        "user.pinned", "/v2/research/user/pinned_videos/", users.pinned_videos,
        "developers.tiktok.com/doc/research-api-specs-query-user-pinned-videos",
        fields=_LISTED, fields_required=True, list_key="pinned_videos_list"),
    Endpoint(
        "user.reposted", "/v2/research/user/reposted_videos/", users.reposted_videos,
        "developers.tiktok.com/doc/research-api-specs-query-user-reposted-videos",
        fields=_LISTED, fields_required=True, list_key="reposted_videos", paged_by="cursor"),
    Endpoint(
        "playlist.info", "/v2/research/playlist/info/", users.playlist,
        "developers.tiktok.com/doc/research-api-specs-query-playlist-info",
        list_key="playlist_video_ids", paged_by="cursor"),
    Endpoint(
        "shop.info", "/v2/research/tts/shop/", shops.find_shops,
        "developers.tiktok.com/doc/research-api-specs-query-tiktok-shop-info",
        fields=SHOP_FIELDS, list_key="shop_data", message=""),
    Endpoint(
        "shop.products", "/v2/research/tts/product/", shops.products,
        "developers.tiktok.com/doc/research-api-specs-query-tiktok-shop-products",
        fields=PRODUCT_FIELDS, list_key="product_data", paged_by="page_start", message=""),
    Endpoint(
        "shop.reviews", "/v2/research/tts/review/", shops.reviews,
        "developers.tiktok.com/doc/research-api-specs-query-tiktok-shop-reviews",
        fields=REVIEW_FIELDS, list_key="review_data", paged_by="page_start", message=""),
    Endpoint(
        "compliance.create", "/v2/research/validation_task/create/", compliance.create,
        "developers.tiktok.com/doc/batch-compliance-apis",
        message="ok.", status_in_error=True, read_body=read_upload),
    Endpoint(
        "compliance.status", "/v2/research/validation_task_status/get/", compliance.status,
        "developers.tiktok.com/doc/batch-compliance-apis",
        message="ok.", status_in_error=True),
    Endpoint(
        "compliance.download", "/v2/research/validation_task/download/", compliance.download,
        "developers.tiktok.com/doc/batch-compliance-apis",
        message="ok.", status_in_error=True),
)
# fmt: on
BY_PATH = {endpoint.path: endpoint for endpoint in ENDPOINTS}
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}
