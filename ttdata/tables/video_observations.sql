-- One row per time that a search found a video, with the counts of that time. Rows are only added, never changed.
-- key: video_id, slice, round
CREATE TABLE video_observations (
    video_id         BIGINT,     -- videos.id or videos_gone.id
    observed_at      TIMESTAMP,  -- time of the answer, UTC, by the API's clock
    slice            VARCHAR,    -- the search that found it, by its name in the first round; rounds.slice
    round            INTEGER,    -- number of the request of that search, from 1; rounds.round
    view_count       BIGINT,     -- views
    like_count       BIGINT,     -- likes
    comment_count    BIGINT,     -- comments
    share_count      BIGINT,     -- shares
    favorites_count  BIGINT      -- times it was marked as a favourite
);

INSERT INTO video_observations
SELECT coalesce(v.id, v.video_id), sent_at::TIMESTAMPTZ AT TIME ZONE 'UTC', rounds.slice, rounds.round,
       v.view_count, v.like_count, v.comment_count, v.share_count, coalesce(v.favorites_count, v.favourites_count)
FROM staged JOIN rounds ON rounds.raw = staged.filename AND rounds.source = 'videos'
QUALIFY row_number() OVER (
    PARTITION BY coalesce(v.id, v.video_id), rounds.slice, rounds.round ORDER BY seq DESC
) = 1
ORDER BY ALL;
