-- One row per hashtag of a video.
CREATE TABLE video_hashtags (
    video_id  BIGINT,   -- videos.id
    hashtag   VARCHAR,  -- without #, in lower case: the API returns mixed case but ignores case
    PRIMARY KEY (video_id, hashtag)
);

INSERT INTO video_hashtags
SELECT DISTINCT id AS video_id, lower(unnest(hashtag_names)) AS hashtag
FROM videos
ORDER BY ALL;
