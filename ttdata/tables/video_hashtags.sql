-- One row per hashtag of a video.
-- key: video_id, hashtag
CREATE TABLE video_hashtags (
    video_id  BIGINT,   -- videos.id
    hashtag   VARCHAR   -- without #, in lower case: the API returns mixed case but ignores case
);

INSERT INTO video_hashtags
SELECT DISTINCT id AS video_id, lower(unnest(hashtag_names)) AS hashtag
FROM videos
ORDER BY ALL;
