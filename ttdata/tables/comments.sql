-- One row a comment or reply. The API tells nothing of who wrote it.
CREATE TABLE comments (
    id                 BIGINT PRIMARY KEY,  -- comment id
    video_id           BIGINT,              -- video that it was written under
    parent_comment_id  BIGINT,              -- for a reply comments.id of its parent, else NULL
    text               VARCHAR,             -- with telephone numbers, addresses and the like masked by TikTok
    like_count         BIGINT,              -- likes
    reply_count        BIGINT,              -- replies
    create_time        TIMESTAMP            -- time of writing, UTC
);

CREATE TEMP TABLE staged AS
SELECT filename, seq, sent_at, coalesce(request.video_id, request.comment_id) AS asked, 1 AS counted, unnest(body.data.comments) AS c
FROM read_json(getvariable('comments'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', sent_at: 'VARCHAR', request: 'STRUCT(video_id VARCHAR, comment_id VARCHAR)',
    body: 'STRUCT("data" STRUCT(comments STRUCT(
        id BIGINT, video_id BIGINT, parent_comment_id BIGINT, text VARCHAR, like_count BIGINT,
        reply_count BIGINT, create_time BIGINT)[]))'
})
WHERE (filename, asked) IN (SELECT raw, item FROM asked);

INSERT INTO comments
SELECT
    c.id,
    c.video_id,
    -- The API names the video as the parent of a comment that answers no other.
    nullif(c.parent_comment_id, c.video_id),
    c.text,
    c.like_count,
    c.reply_count,
    make_timestamp(c.create_time * 1000000::BIGINT)
FROM staged
QUALIFY row_number() OVER (PARTITION BY c.id ORDER BY sent_at DESC, filename, seq DESC) = 1
ORDER BY 1;

INSERT INTO seen
SELECT asked.source, c.id::VARCHAR, filename, seq
FROM staged JOIN asked ON (asked.raw, asked.item) = (filename, staged.asked)
ORDER BY ALL;
