-- One row per follower of an account that was requested. TikTok lists at most about 5,000 per account.
-- key: followed, follower
CREATE TABLE followers (
    followed      VARCHAR,  -- handle of the account that was requested
    follower      VARCHAR,  -- handle of an account that follows it
    display_name  VARCHAR   -- name on the follower's profile
);

CREATE TABLE stage.staged AS
SELECT filename, answers.seq, age, request.username AS item, 1 AS counted, unnest(body.data.user_followers) AS u
FROM read_json(getvariable('followers'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', request: 'STRUCT(username VARCHAR)',
    body: 'STRUCT("data" STRUCT(user_followers STRUCT(username VARCHAR, display_name VARCHAR)[]))'
}) AS answers
JOIN ages ON (ages.raw, ages.seq) = (filename, answers.seq);

INSERT INTO followers
SELECT item, u.username, u.display_name
FROM staged
QUALIFY row_number() OVER (PARTITION BY item, u.username ORDER BY age DESC) = 1
ORDER BY 1, 2;

INSERT INTO seen
SELECT item_answers.source, u.username, filename, staged.seq
FROM staged JOIN item_answers ON (item_answers.raw, item_answers.seq) = (filename, staged.seq)
ORDER BY ALL;
