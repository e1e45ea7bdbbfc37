-- One row per account that was requested. An account that the API does not disclose has a row, with the reason.
-- key: username
CREATE TABLE users (
    username         VARCHAR,              -- handle that was requested; the API does not repeat it
    refused          VARCHAR,              -- why the API disclosed nothing, such as UserNotFound; NULL where it did
    display_name     VARCHAR,              -- name on the profile
    bio_description  VARCHAR,              -- text on the profile, '' if none
    bio_url          VARCHAR,              -- link on the profile
    avatar_url       VARCHAR,              -- picture, without the signature that changes with every request
    is_verified      BOOLEAN,              -- verified badge
    follower_count   BIGINT,               -- followers, at the time of the request
    following_count  BIGINT,               -- accounts followed
    likes_count      BIGINT,               -- likes received by all its videos
    video_count      BIGINT                -- videos posted
);

CREATE TABLE stage.staged AS
SELECT filename, answers.seq, sent_at, age, refused, request, (code = 'ok')::INTEGER AS counted, body.data AS u
FROM read_json(getvariable('users'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', sent_at: 'VARCHAR', code: 'VARCHAR', refused: 'VARCHAR', request: 'STRUCT(username VARCHAR)',
    body: 'STRUCT("data" STRUCT(
        display_name VARCHAR, bio_description VARCHAR, bio_url VARCHAR, avatar_url VARCHAR,
        is_verified BOOLEAN, follower_count BIGINT, following_count BIGINT, likes_count BIGINT,
        video_count BIGINT))'
}) AS answers
JOIN ages ON (ages.raw, ages.seq) = (filename, answers.seq)
WHERE code = 'ok' OR refused IS NOT NULL;

INSERT INTO users
SELECT
    request.username,
    refused,
    u.display_name,
    u.bio_description,
    u.bio_url,
    split_part(u.avatar_url, '?', 1),
    u.is_verified,
    u.follower_count,
    u.following_count,
    u.likes_count,
    u.video_count
FROM staged
WHERE filename IN (SELECT unnest(getvariable('newest')))
QUALIFY row_number() OVER (PARTITION BY request.username ORDER BY age DESC) = 1
ORDER BY 1;

INSERT INTO seen
SELECT item_answers.source, request.username, filename, staged.seq
FROM staged JOIN item_answers ON (item_answers.raw, item_answers.seq) = (filename, staged.seq)
ORDER BY ALL;
