-- One row per video that the newest round of its search found, as in the newest answer that contains it.
-- key: id
CREATE TABLE videos (
    id                 BIGINT,              -- video id; the video's address is https://www.tiktok.com/@{username}/video/{id}
    create_time        TIMESTAMP,           -- time of posting, UTC
    username           VARCHAR,             -- handle of the account that posted it
    region_code        VARCHAR,             -- country in which the account was registered, two upper-case letters
    video_description  VARCHAR,             -- caption with hashtags and mentions
    hashtag_names      VARCHAR[],           -- hashtags without #; one row each in video_hashtags
    music_id           BIGINT,              -- sound
    view_count         BIGINT,              -- views; archived counts are up to 10 days old
    like_count         BIGINT,              -- likes
    comment_count      BIGINT,              -- comments
    share_count        BIGINT,              -- shares
    favorites_count    BIGINT,              -- times it was marked as a favourite
    video_duration     BIGINT,              -- seconds
    voice_to_text      VARCHAR,             -- generated transcript or subtitles, where there are any
    is_stem_verified   BOOLEAN,             -- verified as high-quality STEM content
    playlist_id        BIGINT,              -- playlist that contains it
    effect_ids         VARCHAR[],           -- effects
    hashtag_info_list  STRUCT(hashtag_id BIGINT, hashtag_name VARCHAR, hashtag_description VARCHAR)[],  -- hashtags with ids
    effect_info_list   STRUCT(effect_id VARCHAR, effect_name VARCHAR, effect_photo_url VARCHAR)[],      -- effects with names
    sticker_info_list  STRUCT(sticker_id VARCHAR, sticker_name VARCHAR)[],  -- interactive stickers
    video_mention_list VARCHAR[],           -- accounts tagged in the video; display names, not always handles
    video_label        JSON,                -- labels such as election information, as received
    video_tag          JSON                 -- AI-generated and paid-partnership marks, as received
);

CREATE TABLE stage.staged AS
SELECT filename, answers.seq, sent_at, age, 1 AS counted, unnest(body.data.videos) AS v
FROM read_json(getvariable('videos'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', sent_at: 'VARCHAR',
    body: 'STRUCT("data" STRUCT(videos STRUCT(
        id BIGINT, video_id BIGINT, create_time BIGINT, username VARCHAR, region_code VARCHAR,
        video_description VARCHAR, hashtag_names VARCHAR[], music_id BIGINT, view_count BIGINT,
        like_count BIGINT, comment_count BIGINT, share_count BIGINT, favorites_count BIGINT,
        favourites_count BIGINT, video_duration BIGINT, voice_to_text VARCHAR, is_stem_verified BOOLEAN,
        playlist_id BIGINT, effect_ids VARCHAR[],
        hashtag_info_list STRUCT(hashtag_id BIGINT, hashtag_name VARCHAR, hashtag_description VARCHAR)[],
        effect_info_list STRUCT(effect_id VARCHAR, effect_name VARCHAR, effect_photo_url VARCHAR,
                                effect_photo_URI VARCHAR)[],
        sticker_info_list STRUCT(sticker_id VARCHAR, sticker_name VARCHAR)[],
        video_mention_list VARCHAR[], video_label JSON, video_tag JSON)[]))'
}) AS answers
JOIN ages ON (ages.raw, ages.seq) = (filename, answers.seq);

CREATE TEMP VIEW typed AS
SELECT
    filename, seq, sent_at, age, rowid AS place,
    coalesce(v.id, v.video_id)                       AS id,
    make_timestamp(v.create_time * 1000000::BIGINT)  AS create_time,
    v.username,
    upper(v.region_code)                             AS region_code,
    v.video_description,
    v.hashtag_names,
    v.music_id,
    v.view_count,
    v.like_count,
    v.comment_count,
    v.share_count,
    coalesce(v.favorites_count, v.favourites_count)  AS favorites_count,
    v.video_duration,
    v.voice_to_text,
    v.is_stem_verified,
    v.playlist_id,
    v.effect_ids,
    v.hashtag_info_list,
    list_transform(v.effect_info_list, lambda e: {
        'effect_id': e.effect_id, 'effect_name': e.effect_name,
        'effect_photo_url': coalesce(e.effect_photo_url, e.effect_photo_URI)
    })                                               AS effect_info_list,
    v.sticker_info_list,
    v.video_mention_list,
    v.video_label,
    v.video_tag
FROM staged;

-- The rows are chosen by narrow columns: a window function would move all columns of all rows.
INSERT INTO videos
SELECT * EXCLUDE (filename, seq, sent_at, age, place)
FROM typed
WHERE place IN (
    SELECT arg_max(place, (age, place)) FROM typed
    WHERE filename IN (SELECT unnest(getvariable('newest')))
    GROUP BY id
)
ORDER BY 1;

INSERT INTO seen
SELECT 'videos', coalesce(v.id, v.video_id)::VARCHAR, filename, seq
FROM staged
ORDER BY ALL;
