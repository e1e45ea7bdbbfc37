"""The speed study as a pipeline of dlt: the pages of the bare loop, loaded into DuckDB. Run in dlt's own environment.

    python benchmarks/dlt_pipeline.py URL SIZE arrow|parquet

arrow: each page as an Arrow table with declared types, the fastest form that dlt takes. parquet: as dictionaries, which
dlt writes to Parquet files before it loads them.
"""

import sys
from collections.abc import Iterator
from typing import Any

import dlt
import pyarrow as pa
from bare_loop import pages
from speed_study import SIZES

HASHTAG = pa.struct([("hashtag_id", pa.int64()), ("hashtag_name", pa.string()), ("hashtag_description", pa.string())])
EFFECT = pa.struct([("effect_id", pa.string()), ("effect_name", pa.string()), ("effect_photo_url", pa.string())])
STICKER = pa.struct([("sticker_id", pa.string()), ("sticker_name", pa.string())])
LABEL = pa.struct([("content", pa.string()), ("sink", pa.bool_()), ("type", pa.int64()), ("vote", pa.bool_())])
NUMBERS = (
    *("id", "create_time", "music_id", "view_count", "like_count", "comment_count", "share_count"),
    *("favorites_count", "video_duration", "playlist_id"),
)
TYPES: dict[str, Any] = {
    **dict.fromkeys(NUMBERS, pa.int64()),
    **dict.fromkeys(("username", "region_code", "video_description", "voice_to_text"), pa.string()),
    **dict.fromkeys(("hashtag_names", "effect_ids", "video_mention_list"), pa.list_(pa.string())),
    "is_stem_verified": pa.bool_(),
    "hashtag_info_list": pa.list_(HASHTAG),
    "effect_info_list": pa.list_(EFFECT),
    "sticker_info_list": pa.list_(STICKER),
    "video_label": LABEL,
    "video_tag": pa.struct([("type", pa.string()), ("number", pa.int64())]),
}
SCHEMA = pa.schema(list(TYPES.items()))


def main(url: str, size: str, form: str) -> None:
    @dlt.resource(name="videos", write_disposition="replace")
    def videos() -> Iterator[Any]:
        for records in pages(url, SIZES[size]):
            yield pa.Table.from_pylist(records, schema=SCHEMA) if form == "arrow" else records

    pipeline = dlt.pipeline("speed", destination=dlt.destinations.duckdb("speed.duckdb"), pipelines_dir=".dlt-work")
    pipeline.run(videos(), loader_file_format="parquet")
    with pipeline.sql_client() as client, client.execute_query("SELECT count(*) FROM videos") as rows:
        print(f"{rows.fetchone()[0]:,} videos")


if __name__ == "__main__":
    main(*sys.argv[1:])
