-- One row per playlist that was requested. One that the API does not disclose has a row, with the reason.
-- key: playlist_id
CREATE TABLE playlists (
    playlist_id            BIGINT,              -- playlist
    refused                VARCHAR,             -- why the API disclosed nothing, such as ItemNotFound; NULL where it did
    playlist_name          VARCHAR,             -- title
    playlist_item_total    BIGINT,              -- videos in it, as TikTok counts them
    playlist_last_updated  TIMESTAMP,           -- last change, UTC; TikTok does not document the unit, taken as seconds
    video_ids              BIGINT[]             -- its videos in their order; one row each in playlist_videos
);

CREATE TABLE stage.staged AS
SELECT filename, answers.seq, age, code, refused, request.playlist_id AS item, coalesce(request.cursor, 0) AS start,
       coalesce(len(body.data.playlist_video_ids), 0) AS counted, body.data AS p
FROM read_json(getvariable('playlists'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', code: 'VARCHAR', refused: 'VARCHAR',
    request: 'STRUCT(playlist_id VARCHAR, "cursor" BIGINT)',
    body: 'STRUCT("data" STRUCT(
        playlist_name VARCHAR, playlist_item_total BIGINT, playlist_last_updated BIGINT, playlist_video_ids BIGINT[]))'
}) AS answers
JOIN ages ON (ages.raw, ages.seq) = (filename, answers.seq)
WHERE code = 'ok' OR refused IS NOT NULL;

INSERT INTO playlists
SELECT
    staged.item::BIGINT,
    max_by(refused, seq),
    max_by(p.playlist_name, seq),
    max_by(p.playlist_item_total, seq),
    make_timestamp(max_by(p.playlist_last_updated, seq) * 1000000::BIGINT),
    flatten(list(p.playlist_video_ids ORDER BY start, seq) FILTER (p.playlist_video_ids IS NOT NULL))
FROM staged JOIN chosen_lists ON (chosen_lists.raw, chosen_lists.item) = (filename, staged.item)
GROUP BY 1
ORDER BY 1;

-- The playlist was returned with its first page, and each of its videos with its own page.
INSERT INTO seen
SELECT item_answers.source, unnest(CASE WHEN start = 0 THEN [staged.item] ELSE [] END || coalesce(p.playlist_video_ids::VARCHAR[], [])),
       filename, staged.seq
FROM staged JOIN item_answers ON (item_answers.raw, item_answers.seq) = (filename, staged.seq)
WHERE staged.code = 'ok'
ORDER BY ALL;
