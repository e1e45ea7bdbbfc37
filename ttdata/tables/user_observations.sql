-- One row per time that an account was requested, with the counts of that time. Rows are only added, never changed.
-- key: username, observed_at
CREATE TABLE user_observations (
    username         VARCHAR,    -- handle that was requested; users.username
    observed_at      TIMESTAMP,  -- time of the answer, UTC, by the API's clock
    round            INTEGER,    -- number of the round, from 1; rounds.round
    refused          VARCHAR,    -- why the API disclosed nothing; NULL where it did
    follower_count   BIGINT,     -- followers
    following_count  BIGINT,     -- accounts followed
    likes_count      BIGINT,     -- likes received by all its videos
    video_count      BIGINT      -- videos posted
);

INSERT INTO user_observations
SELECT request.username, sent_at::TIMESTAMPTZ AT TIME ZONE 'UTC' AS observed_at, of.round, refused,
       u.follower_count, u.following_count, u.likes_count, u.video_count
FROM staged JOIN (SELECT raw, min(round) AS round FROM rounds GROUP BY raw) AS of ON of.raw = staged.filename
QUALIFY row_number() OVER (PARTITION BY request.username, observed_at ORDER BY seq DESC) = 1
ORDER BY ALL;
