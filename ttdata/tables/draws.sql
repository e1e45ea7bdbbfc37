-- One row per video of a random draw, as returned; several draws may return the same video.
CREATE TABLE draws (
    draw         INTEGER,  -- number of the draw in its stratum, from 1
    stratum      VARCHAR,  -- name of the stratum, such as 2025-01 or 2025-01 DE
    start        DATE,     -- first day of the stratum (UTC)
    "end"        DATE,     -- last day of the stratum (UTC), included
    region_code  VARCHAR,  -- country of the stratum; NULL if the sample is not drawn by country
    position     INTEGER,  -- place of the video in the draw, from 1
    video_id     BIGINT    -- videos.id
);

INSERT INTO draws
SELECT draw, stratum, start, "end", region_code, position, coalesce(v.id, v.video_id)
FROM (
    SELECT filename AS raw, unnest(body.data.videos) AS v, generate_subscripts(body.data.videos, 1) AS position
    FROM read_json(getvariable('videos'), format = 'newline_delimited', compression = 'zstd', filename = true,
        columns = {body: 'STRUCT("data" STRUCT(videos STRUCT(id BIGINT, video_id BIGINT)[]))'})
)
JOIN drawn USING (raw)
ORDER BY start, region_code, draw, position;
