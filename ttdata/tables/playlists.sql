-- One row a playlist that was asked for. One that the API does not disclose keeps its row, with the reason.
CREATE TABLE playlists (
    playlist_id            BIGINT PRIMARY KEY,  -- playlist
    refused                VARCHAR,             -- why the API disclosed nothing, such as ItemNotFound; NULL where it did
    playlist_name          VARCHAR,             -- title
    playlist_item_total    BIGINT,              -- videos in it, as TikTok counts them
    playlist_last_updated  TIMESTAMP,           -- last change, UTC; TikTok does not document the unit, taken as seconds
    video_ids              BIGINT[]             -- its videos in their order; one row each in playlist_videos
);

CREATE TEMP TABLE staged AS
SELECT filename, seq, sent_at, code, refused, request.playlist_id AS asked, coalesce(request.cursor, 0) AS start,
       coalesce(len(body.data.playlist_video_ids), 0) AS counted, body.data AS p
FROM read_json(getvariable('playlists'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', sent_at: 'VARCHAR', code: 'VARCHAR', refused: 'VARCHAR',
    request: 'STRUCT(playlist_id VARCHAR, "cursor" BIGINT)',
    body: 'STRUCT("data" STRUCT(
        playlist_name VARCHAR, playlist_item_total BIGINT, playlist_last_updated BIGINT, playlist_video_ids BIGINT[]))'
})
WHERE (filename, asked) IN (SELECT raw, item FROM asked) AND (code = 'ok' OR refused IS NOT NULL);

INSERT INTO playlists
SELECT
    asked::BIGINT,
    max_by(refused, (sent_at, seq)),
    max_by(p.playlist_name, (sent_at, seq)),
    max_by(p.playlist_item_total, (sent_at, seq)),
    make_timestamp(max_by(p.playlist_last_updated, (sent_at, seq)) * 1000000::BIGINT),
    flatten(list(p.playlist_video_ids ORDER BY filename, start, seq) FILTER (p.playlist_video_ids IS NOT NULL))
FROM staged
GROUP BY 1
ORDER BY 1;

-- The playlist came with its first page, and each of its videos with its own.
INSERT INTO seen
SELECT asked.source, unnest(CASE WHEN start = 0 THEN [staged.asked] ELSE [] END || coalesce(p.playlist_video_ids::VARCHAR[], [])),
       filename, seq
FROM staged JOIN asked ON (asked.raw, asked.item) = (filename, staged.asked)
WHERE staged.code = 'ok'
ORDER BY ALL;
