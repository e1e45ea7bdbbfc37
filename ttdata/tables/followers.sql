-- One row a follower of an account that was asked about. TikTok lists some 5,000 of an account at most.
CREATE TABLE followers (
    followed      VARCHAR,  -- handle of the account that was asked about
    follower      VARCHAR,  -- handle of an account that follows it
    display_name  VARCHAR,  -- name on the follower's profile
    PRIMARY KEY (followed, follower)
);

CREATE TEMP TABLE staged AS
SELECT filename, seq, sent_at, request.username AS asked, 1 AS counted, unnest(body.data.user_followers) AS u
FROM read_json(getvariable('followers'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', sent_at: 'VARCHAR', request: 'STRUCT(username VARCHAR)',
    body: 'STRUCT("data" STRUCT(user_followers STRUCT(username VARCHAR, display_name VARCHAR)[]))'
})
WHERE (filename, request.username) IN (SELECT raw, item FROM asked);

INSERT INTO followers
SELECT asked, u.username, u.display_name
FROM staged
QUALIFY row_number() OVER (PARTITION BY asked, u.username ORDER BY sent_at DESC, filename, seq DESC) = 1
ORDER BY 1, 2;

INSERT INTO seen
SELECT asked.source, u.username, filename, seq
FROM staged JOIN asked ON (asked.raw, asked.item) = (filename, staged.asked)
ORDER BY ALL;
