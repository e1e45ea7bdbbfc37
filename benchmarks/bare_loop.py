"""The pages of the speed study by a bare loop of `requests`, each parsed: what every collector has to do at least.

    python benchmarks/bare_loop.py URL SIZE

fetches all pages of a size (speed_study.py), throws them away, and prints how many there were.
"""

import sys
from collections.abc import Iterator
from typing import Any

import requests
from speed_study import SECRET, SIZES, WHERE, Size, windows

FIELDS = (
    "id,create_time,username,region_code,video_description,music_id,like_count,comment_count,share_count,view_count,"
    "favorites_count,hashtag_names,hashtag_info_list,is_stem_verified,video_duration,sticker_info_list,"
    "effect_info_list,video_mention_list,video_label,video_tag,effect_ids,playlist_id,voice_to_text"
)


def pages(url: str, size: Size) -> Iterator[list[dict[str, Any]]]:
    """The videos of each page."""
    session = requests.Session()
    session.trust_env = False
    form = {"client_key": size.key, "client_secret": SECRET, "grant_type": "client_credentials"}
    token = session.post(f"{url}/v2/oauth/token/", data=form).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    conditions = [{"field_name": name, "operation": "IN", "field_values": values} for name, values in WHERE.items()]
    for start, end in windows(size):
        body: dict[str, Any] = {"query": {"and": conditions}, "start_date": start, "end_date": end, "max_count": 100}
        while True:
            data = session.post(f"{url}/v2/research/video/query/?fields={FIELDS}", json=body).json()["data"]
            yield data["videos"]
            if not data["has_more"]:
                break
            body |= {"cursor": data["cursor"], "search_id": data["search_id"]}


if __name__ == "__main__":
    print(f"{sum(1 for _ in pages(sys.argv[1], SIZES[sys.argv[2]])):,} pages")
