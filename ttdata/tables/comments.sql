-- One row per comment or reply. The API says nothing about its author.
-- key: id
CREATE TABLE comments (
    id                 BIGINT,              -- comment id
    video_id           BIGINT,              -- video that it belongs to
    parent_comment_id  BIGINT,              -- comments.id of the parent of a reply, else NULL
    text               VARCHAR,             -- text; TikTok masks telephone numbers, e-mail addresses and the like
    like_count         BIGINT,              -- likes
    reply_count        BIGINT,              -- replies
    create_time        TIMESTAMP            -- time of writing, UTC
);

CREATE TABLE stage.staged AS
SELECT filename, answers.seq, age, coalesce(request.video_id, request.comment_id) AS item, request, 1 AS counted,
       unnest(body.data.comments) AS c
FROM read_json(getvariable('comments'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', request: 'STRUCT(video_id VARCHAR, comment_id VARCHAR)',
    body: 'STRUCT("data" STRUCT(comments STRUCT(
        id BIGINT, video_id BIGINT, parent_comment_id BIGINT, text VARCHAR, like_count BIGINT,
        reply_count BIGINT, create_time BIGINT)[]))'
}) AS answers
JOIN ages ON (ages.raw, ages.seq) = (filename, answers.seq);

INSERT INTO comments
SELECT
    c.id,
    coalesce(nullif(c.video_id, 0), request.video_id::BIGINT) AS video_id,
    -- The API returns the video as the parent of a top-level comment. If it returns nothing, the request has it.
    coalesce(nullif(nullif(c.parent_comment_id, 0), video_id), request.comment_id::BIGINT),
    c.text,
    c.like_count,
    c.reply_count,
    make_timestamp(c.create_time * 1000000::BIGINT)
FROM staged
QUALIFY row_number() OVER (PARTITION BY c.id ORDER BY age DESC) = 1
ORDER BY 1;

UPDATE comments SET video_id = parents.video_id
FROM comments AS parents
WHERE comments.video_id IS NULL AND parents.id = comments.parent_comment_id;

INSERT INTO seen
SELECT item_answers.source, c.id::VARCHAR, filename, staged.seq
FROM staged JOIN item_answers ON (item_answers.raw, item_answers.seq) = (filename, staged.seq)
ORDER BY ALL;
