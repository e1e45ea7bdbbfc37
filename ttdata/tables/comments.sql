-- One row per comment or reply. The API says nothing about its author.
CREATE TABLE comments (
    id                 BIGINT PRIMARY KEY,  -- comment id
    video_id           BIGINT,              -- video that it belongs to
    parent_comment_id  BIGINT,              -- comments.id of the parent of a reply, else NULL
    text               VARCHAR,             -- text; TikTok masks telephone numbers, e-mail addresses and the like
    like_count         BIGINT,              -- likes
    reply_count        BIGINT,              -- replies
    create_time        TIMESTAMP            -- time of writing, UTC
);

CREATE TEMP TABLE staged AS
SELECT filename, seq, sent_at, coalesce(request.video_id, request.comment_id) AS item, 1 AS counted, unnest(body.data.comments) AS c
FROM read_json(getvariable('comments'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', sent_at: 'VARCHAR', request: 'STRUCT(video_id VARCHAR, comment_id VARCHAR)',
    body: 'STRUCT("data" STRUCT(comments STRUCT(
        id BIGINT, video_id BIGINT, parent_comment_id BIGINT, text VARCHAR, like_count BIGINT,
        reply_count BIGINT, create_time BIGINT)[]))'
})
WHERE (filename, item) IN (SELECT raw, item FROM item_files);

INSERT INTO comments
SELECT
    c.id,
    c.video_id,
    -- The API gives the video as the parent of a top-level comment.
    nullif(c.parent_comment_id, c.video_id),
    c.text,
    c.like_count,
    c.reply_count,
    make_timestamp(c.create_time * 1000000::BIGINT)
FROM staged
QUALIFY row_number() OVER (PARTITION BY c.id ORDER BY sent_at DESC, filename, seq DESC) = 1
ORDER BY 1;

INSERT INTO seen
SELECT item_files.source, c.id::VARCHAR, filename, seq
FROM staged JOIN item_files ON (item_files.raw, item_files.item) = (filename, staged.item)
ORDER BY ALL;
