-- One row an account that an account asked about follows. TikTok gives the list only where it is public.
CREATE TABLE following (
    follower      VARCHAR,  -- handle of the account that was asked about
    followed      VARCHAR,  -- handle of an account that it follows
    display_name  VARCHAR,  -- name on the profile of the followed
    PRIMARY KEY (follower, followed)
);

CREATE TEMP TABLE staged AS
SELECT filename, seq, sent_at, request.username AS asked, 1 AS counted, unnest(body.data.user_following) AS u
FROM read_json(getvariable('following'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', sent_at: 'VARCHAR', request: 'STRUCT(username VARCHAR)',
    body: 'STRUCT("data" STRUCT(user_following STRUCT(username VARCHAR, display_name VARCHAR)[]))'
})
WHERE (filename, request.username) IN (SELECT raw, item FROM asked);

INSERT INTO following
SELECT asked, u.username, u.display_name
FROM staged
QUALIFY row_number() OVER (PARTITION BY asked, u.username ORDER BY sent_at DESC, filename, seq DESC) = 1
ORDER BY 1, 2;

INSERT INTO seen
SELECT asked.source, u.username, filename, seq
FROM staged JOIN asked ON (asked.raw, asked.item) = (filename, staged.asked)
ORDER BY ALL;
