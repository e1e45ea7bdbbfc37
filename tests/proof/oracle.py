"""Plain SQL over rows whose truth is known: what a dataset must contain. It shares no code with ttdata."""

import json
from pathlib import Path
from typing import Any

import duckdb

# Of each table the rows that a study must find. {videos}: the condition on videos; {accounts}: the study's accounts.
_EXPECTED = {
    "videos": "SELECT id, username, region_code, view_count FROM v",
    "comments": """
        SELECT c.id, v.id, NULL FROM v_top AS v JOIN c ON c.video_id = v.id
        UNION ALL
        SELECT r.id, v.id, r.comment_id FROM v_top AS v JOIN c ON c.video_id = v.id JOIN r ON r.comment_id = c.id
    """,
    "users": """
        SELECT DISTINCT username, CASE WHEN missing THEN NULL ELSE follower_count END, missing
        FROM v JOIN u USING (username)
    """,
    "followers": "SELECT username, unnest(followers) FROM u WHERE NOT missing AND username IN (FROM accounts)",
    "following": "SELECT username, unnest(following) FROM u WHERE NOT missing AND username IN (FROM accounts)",
    "liked": "SELECT username, unnest(liked_videos) FROM u WHERE NOT missing AND username IN (FROM accounts)",
    "pinned": "SELECT username, unnest(pinned_videos) FROM u WHERE NOT missing AND username IN (FROM accounts)",
    "reposted": "SELECT username, unnest(reposted_videos) FROM u WHERE NOT missing AND username IN (FROM accounts)",
    "shops": "SELECT shop_id, shop_name FROM s",
    "products": "SELECT p.product_id, s.shop_id FROM s JOIN p USING (shop_id)",
    "reviews": "SELECT product_id, review_text FROM w",
}
_FOUND = {
    "videos": "SELECT id, username, region_code, view_count FROM d.videos",
    "comments": "SELECT id, video_id, parent_comment_id FROM d.comments",
    "users": "SELECT username, follower_count, refused IS NOT NULL FROM d.users",
    "followers": "SELECT followed, follower FROM d.followers",
    "following": "SELECT follower, followed FROM d.following",
    **{
        kind: f"SELECT username, video_id FROM d.user_video_links WHERE kind = '{kind}'"
        for kind in ("liked", "pinned", "reposted")
    },
    "shops": "SELECT shop_id, shop_name FROM d.shops",
    "products": "SELECT product_id, shop_id FROM d.products",
    "reviews": "SELECT product_id, review_text FROM d.reviews",
}


def differences(truth: dict[str, Any], study: dict[str, Any], dataset: Path) -> list[str]:
    """A sentence for each table of a dataset that differs from the truth."""
    (declared,) = study["datasets"].values()
    with duckdb.connect() as con:
        _load(con, truth, declared)
        con.execute(f"ATTACH '{dataset}' AS d (READ_ONLY)")
        return [each for kind in _EXPECTED if (each := _difference(con, kind))]


def _difference(con: duckdb.DuckDBPyConnection, kind: str) -> str:
    expected, found = f"({_EXPECTED[kind]})", f"({_FOUND[kind]})"
    counts = con.execute(
        f"SELECT (SELECT count(*) FROM (FROM {expected} EXCEPT ALL FROM {found})), "
        f"(SELECT count(*) FROM (FROM {found} EXCEPT ALL FROM {expected}))"
    ).fetchall()
    ((missing, extra),) = counts
    return f"{kind}: {missing} rows missing, {extra} too many" if missing or extra else ""


def _load(con: duckdb.DuckDBPyConnection, truth: dict[str, Any], declared: dict[str, Any]) -> None:
    """The rows as tables, and the condition of the study as SQL."""
    con.execute("CREATE TABLE raw AS SELECT ?::JSON AS j", [json.dumps(truth)])
    con.execute("""
        CREATE TABLE u AS SELECT u->>'username' AS username, (u->>'missing')::BOOLEAN AS missing,
            (u->>'follower_count')::BIGINT AS follower_count, (u->'followers')::VARCHAR[] AS followers,
            (u->'following')::VARCHAR[] AS following, (u->'liked_videos')::BIGINT[] AS liked_videos,
            (u->'pinned_videos')::BIGINT[] AS pinned_videos, (u->'reposted_videos')::BIGINT[] AS reposted_videos,
            u->'videos' AS videos
        FROM (SELECT unnest((j->'users')::JSON[]) AS u FROM raw);
        CREATE TABLE all_videos AS SELECT (v->>'id')::BIGINT AS id, username, v->>'region_code' AS region_code,
            (v->>'view_count')::BIGINT AS view_count, (v->>'create_time')::TIMESTAMP AS create_time,
            (v->'hashtag_names')::VARCHAR[] AS tags, v->'comments' AS comments
        FROM (SELECT username, unnest(videos::JSON[]) AS v FROM u);
        CREATE TABLE c AS SELECT (c->>'id')::BIGINT AS id, video_id, c->'replies' AS replies
        FROM (SELECT id AS video_id, unnest(comments::JSON[]) AS c FROM all_videos);
        CREATE TABLE r AS SELECT (r->>'id')::BIGINT AS id, comment_id
        FROM (SELECT id AS comment_id, unnest(replies::JSON[]) AS r FROM c);
        CREATE TABLE s AS SELECT (s->>'shop_id')::BIGINT AS shop_id, s->>'shop_name' AS shop_name,
            s->'products' AS products
        FROM (SELECT unnest((j->'shops')::JSON[]) AS s FROM raw);
        CREATE TABLE p AS SELECT (p->>'product_id')::BIGINT AS product_id, shop_id, p->'reviews' AS reviews
        FROM (SELECT shop_id, unnest(products::JSON[]) AS p FROM s);
        CREATE TABLE w AS SELECT product_id, w->>'review_text' AS review_text
        FROM (SELECT product_id, unnest(reviews::JSON[]) AS w FROM p);
    """)
    con.execute("CREATE TABLE accounts AS SELECT unnest(?::VARCHAR[]) AS username", [declared["accounts"]])
    con.execute(f"CREATE TABLE v AS SELECT * FROM all_videos WHERE {_condition(declared['videos'])}")
    most = declared["comments"].get("top", {}).get("k", 1_000_000)
    con.execute(f"CREATE TABLE v_top AS SELECT * FROM v ORDER BY view_count DESC, id LIMIT {most}")


def _condition(videos: dict[str, Any]) -> str:
    where, (first, last) = videos["where"], videos["during"]
    tags = [tag for each in where["any"] for tag in each["hashtag_name"]]
    parts = [f"create_time::DATE BETWEEN '{first}' AND '{last}'", f"list_has_any(tags, {tags})"]
    parts += [f"list_contains({each['region_code']}, region_code)" for each in where.get("all", ())]
    parts += [f"NOT list_has_any(tags, {each['hashtag_name']})" for each in where.get("none", ())]
    return " AND ".join(parts)
