-- One row per account that a requested account follows. TikTok shows the list only where it is public.
-- key: follower, followed
CREATE TABLE following (
    follower      VARCHAR,  -- handle of the account that was requested
    followed      VARCHAR,  -- handle of an account that it follows
    display_name  VARCHAR   -- name on the profile of the followed
);

CREATE TABLE stage.staged AS
SELECT filename, answers.seq, age, request.username AS item, 1 AS counted, unnest(body.data.user_following) AS u
FROM read_json(getvariable('following'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', request: 'STRUCT(username VARCHAR)',
    body: 'STRUCT("data" STRUCT(user_following STRUCT(username VARCHAR, display_name VARCHAR)[]))'
}) AS answers
JOIN ages ON (ages.raw, ages.seq) = (filename, answers.seq);

INSERT INTO following
SELECT item, u.username, u.display_name
FROM staged
QUALIFY row_number() OVER (PARTITION BY item, u.username ORDER BY age DESC) = 1
ORDER BY 1, 2;

INSERT INTO seen
SELECT item_answers.source, u.username, filename, staged.seq
FROM staged JOIN item_answers ON (item_answers.raw, item_answers.seq) = (filename, staged.seq)
ORDER BY ALL;
