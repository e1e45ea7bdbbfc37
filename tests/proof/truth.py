"""Random rows for the mock server, whose truth is known, and random studies of them."""

import random
from collections.abc import Iterator
from typing import Any

from mockserver.world.timeline import with_watermark

TAGS = ("proofsea", "proofsky", "prooffire")
REGIONS = ("DE", "US", "FR")


def rows(chance: random.Random) -> dict[str, Any]:
    """Accounts with videos, comments, replies, lists and playlists; shops with products and reviews."""
    number = iter(range(1, 1_000_000))
    users = [_user(chance, number, f"proof.account{each}") for each in range(chance.randint(4, 10))]
    names = [user["username"] for user in users]
    videos = [video["id"] for user in users for video in user["videos"]]
    for user in users:
        user["followers"] = chance.sample(names, chance.randint(0, len(names)))
        user["following"] = chance.sample(names, chance.randint(0, len(names)))
        user["liked_videos"] = chance.sample(videos, chance.randint(0, min(9, len(videos))))
        user["pinned_videos"] = [video["id"] for video in user["videos"][: chance.randint(0, 3)]]
        user["reposted_videos"] = chance.sample(videos, chance.randint(0, min(9, len(videos))))
    shops = [_shop(chance, number, f"Proof Shop {each}") for each in range(chance.randint(1, 3))]
    return {"users": users, "shops": shops}


def _user(chance: random.Random, number: Iterator[int], name: str) -> dict[str, Any]:
    videos = [_video(chance, number) for _ in range(chance.randint(1, 12))]
    # Refused accounts have no list that could be compared.
    return {
        "username": name,
        "follower_count": chance.randrange(10**6),
        "bio_description": f"about {name}",
        "missing": chance.random() < 0.1,
        "videos": videos,
    }


def _video(chance: random.Random, number: Iterator[int]) -> dict[str, Any]:
    tags = chance.sample(TAGS, chance.randint(1, len(TAGS)))
    comments = [_comment(chance, number) for _ in range(chance.choice([0, 0, 1, 3, 30, 120]))]
    return {
        "id": _id(number),
        "create_time": f"2025-0{chance.randint(1, 3)}-{chance.randint(1, 28):02}T{chance.randrange(24):02}:00:00Z",
        "video_description": " ".join(f"#{tag}" for tag in tags),
        "hashtag_names": tags,
        "region_code": chance.choice(REGIONS),
        "view_count": chance.randrange(10**9),
        "comment_count": sum(1 + len(comment["replies"]) for comment in comments),
        "comments": comments,
    }


def _comment(chance: random.Random, number: Iterator[int]) -> dict[str, Any]:
    replies = [
        {"id": _id(number), "text": "a reply", "create_time": "2025-04-03"} for _ in range(chance.choice([0, 0, 0, 2]))
    ]
    return {
        "id": _id(number),
        "text": "a comment",
        "create_time": "2025-04-02",
        "like_count": chance.randrange(1000),
        "replies": replies,
    }


def _shop(chance: random.Random, number: Iterator[int], name: str) -> dict[str, Any]:
    products = []
    for _ in range(chance.randint(0, 12)):
        reviews = [
            {"review_text": f"review {each}", "create_time": "2025-04-02", "review_rating": "FIVE"}
            for each in range(chance.choice([0, 1, 12]))
        ]
        product = _id(number)
        products.append({"product_id": product, "product_name": f"Product {product}", "reviews": reviews})
    return {"shop_id": _id(number), "shop_name": name, "products": products}


def _id(number: Iterator[int]) -> int:
    return int(with_watermark(7_450_000_000_000_000_000 + next(number) * 1_000_003))


def study(chance: random.Random, truth: dict[str, Any]) -> dict[str, Any]:
    """A study of some of the rows with a source of each kind, and random conditions."""
    first, last = sorted(f"2025-0{chance.randint(1, 3)}-{chance.randint(1, 28):02}" for _ in range(2))
    where: dict[str, Any] = {"any": [{"hashtag_name": chance.sample(TAGS, chance.randint(1, 3))}]}
    if chance.random() < 0.6:
        where["all"] = [{"region_code": chance.sample(REGIONS, chance.randint(1, 2))}]
    if chance.random() < 0.3:
        where["none"] = [{"hashtag_name": [chance.choice(TAGS)]}]
    names = [user["username"] for user in truth["users"]]
    sources: dict[str, Any] = {
        "accounts": chance.sample(names, chance.randint(1, len(names))),
        "videos": {"where": where, "during": [first, last]},
        "comments": {"of": "videos"},
        "replies": {"of": "comments"},
        "users": {"of": "videos"},
        **{kind: {"of": "accounts"} for kind in ("followers", "following", "liked", "pinned", "reposted")},
        "shops": {"names": [shop["shop_name"] for shop in truth["shops"]]},
        "products": {"of": "shops"},
        "reviews": {"of": "products"},
    }
    if chance.random() < 0.5:
        sources["comments"]["top"] = {"by": "view_count", "k": chance.randint(1, 5)}
    return {"study": "proof", "datasets": {"all": sources}}
