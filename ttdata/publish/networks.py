"""The networks of a dataset, as a table: which tables each is made from, and its edges as a query."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """A network; `edges` has the columns source, target and weight, and {TABLE} for each table that it reads."""

    name: str
    meaning: str
    tables: tuple[str, ...]
    edges: str
    directed: bool = True


NETWORKS: Mapping[str, Network] = {
    each.name: each
    for each in (
        Network(
            "followers",
            "from a follower to the account that it follows, by the lists of followers",
            ("followers",),
            "SELECT follower AS source, followed AS target, 1 AS weight FROM {followers}",
        ),
        Network(
            "following",
            "from an account to those that it follows, by the lists of accounts followed",
            ("following",),
            "SELECT follower AS source, followed AS target, 1 AS weight FROM {following}",
        ),
        Network(
            "mentions",
            "from the account that posted a video to the accounts tagged in it; weight: the number of videos",
            ("videos", "video_mentions"),
            "SELECT username AS source, mention AS target, count(DISTINCT id) AS weight FROM {video_mentions} "
            "JOIN {videos} AS videos ON videos.id = video_id WHERE username IS NOT NULL AND mention IS NOT NULL "
            "GROUP BY ALL",
        ),
        Network(
            "hashtags",
            "between hashtags of the same video; weight: the number of videos",
            ("video_hashtags",),
            "SELECT one.hashtag AS source, two.hashtag AS target, count(*) AS weight FROM {video_hashtags} AS one "
            "JOIN {video_hashtags} AS two ON one.video_id = two.video_id AND one.hashtag < two.hashtag GROUP BY ALL",
            directed=False,
        ),
        Network(
            "replies",
            "from a reply to the comment that it answers; the API does not say who wrote either",
            ("comments",),
            "SELECT id::VARCHAR AS source, parent_comment_id::VARCHAR AS target, 1 AS weight FROM {comments} "
            "WHERE parent_comment_id IS NOT NULL",
        ),
    )
}
