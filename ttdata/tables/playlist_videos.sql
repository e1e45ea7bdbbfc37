-- One row per video of a playlist.
-- key: playlist_id, video_id
CREATE TABLE playlist_videos (
    playlist_id  BIGINT,  -- playlists.playlist_id
    video_id     BIGINT,  -- video
    position     BIGINT   -- place in the playlist, from 1
);

INSERT INTO playlist_videos
SELECT playlist_id, video_id, min(position)
FROM (SELECT playlist_id, unnest(video_ids) AS video_id, generate_subscripts(video_ids, 1) AS position FROM playlists)
GROUP BY 1, 2
ORDER BY 1, 2;
