-- One row per video that an account liked, pinned to its profile or reposted, with what that list says about the video.
-- key: username, kind, video_id
CREATE TABLE user_video_links (
    username           VARCHAR,    -- handle of the account that was requested
    kind               VARCHAR,    -- liked, pinned or reposted
    video_id           BIGINT,     -- video
    position           BIGINT,     -- place in the list, from 1: the latest first, as TikTok lists them
    posted_by          VARCHAR,    -- handle of the account that posted the video
    create_time        TIMESTAMP,  -- time of posting, UTC; TikTok does not say when it was liked or reposted
    region_code        VARCHAR,    -- country in which the account that posted it was registered
    video_description  VARCHAR,    -- caption with hashtags and mentions
    hashtag_names      VARCHAR[],  -- hashtags without #
    music_id           BIGINT,     -- sound
    view_count         BIGINT,     -- views
    like_count         BIGINT,     -- likes
    comment_count      BIGINT,     -- comments
    share_count        BIGINT,     -- shares
    favorites_count    BIGINT,     -- times it was marked as a favourite
    video_duration     BIGINT,     -- seconds
    is_stem_verified   BOOLEAN,    -- verified as high-quality STEM content
    hashtag_info_list  STRUCT(hashtag_id BIGINT, hashtag_name VARCHAR, hashtag_description VARCHAR)[],  -- hashtags with ids
    effect_info_list   STRUCT(effect_id VARCHAR, effect_name VARCHAR, effect_photo_url VARCHAR)[],      -- effects with names
    sticker_info_list  STRUCT(sticker_id VARCHAR, sticker_name VARCHAR)[],  -- interactive stickers
    video_mention_list VARCHAR[],  -- accounts tagged in the video; display names, not always handles
    video_label        JSON,       -- labels such as election information, as received
    video_tag          JSON        -- AI-generated and paid-partnership marks, as received
);

CREATE TABLE stage.staged AS
WITH answers AS (
    SELECT filename, pages.seq, age, request.username AS item, split_part(endpoint, '.', 2) AS kind,
           from_json(coalesce(body.data->'user_liked_videos', body.data->'pinned_videos_list',
                              body.data->'reposted_videos', body.data->'user_reposted_videos'), '[{
               "id": "BIGINT", "video_id": "BIGINT", "create_time": "BIGINT", "username": "VARCHAR",
               "region_code": "VARCHAR", "video_description": "VARCHAR", "hashtag_names": ["VARCHAR"],
               "music_id": "BIGINT", "view_count": "BIGINT", "like_count": "BIGINT", "comment_count": "BIGINT",
               "share_count": "BIGINT", "favorites_count": "BIGINT", "favourites_count": "BIGINT",
               "video_duration": "BIGINT", "is_stem_verified": "BOOLEAN",
               "hashtag_info_list": [{"hashtag_id": "BIGINT", "hashtag_name": "VARCHAR",
                                      "hashtag_description": "VARCHAR"}],
               "effect_info_list": [{"effect_id": "VARCHAR", "effect_name": "VARCHAR",
                                     "effect_photo_url": "VARCHAR", "effect_photo_URI": "VARCHAR"}],
               "sticker_info_list": [{"sticker_id": "VARCHAR", "sticker_name": "VARCHAR"}],
               "video_mention_list": ["VARCHAR"], "video_label": "JSON", "video_tag": "JSON"}]') AS videos
    FROM read_json(getvariable('user_video_links'), format = 'newline_delimited', compression = 'zstd',
                   filename = true, columns = {
        seq: 'BIGINT', endpoint: 'VARCHAR', request: 'STRUCT(username VARCHAR)',
        body: 'STRUCT("data" JSON)'
    }) AS pages
    JOIN ages ON (ages.raw, ages.seq) = (filename, pages.seq)
)
SELECT filename, seq, age, item, kind, 1 AS counted, generate_subscripts(videos, 1) AS place, unnest(videos) AS v
FROM answers;

INSERT INTO user_video_links
SELECT
    staged.item,
    kind,
    coalesce(v.id, v.video_id),
    row_number() OVER (PARTITION BY staged.item, kind ORDER BY seq, place),
    v.username,
    make_timestamp(v.create_time * 1000000::BIGINT),
    upper(v.region_code),
    v.video_description,
    v.hashtag_names,
    v.music_id,
    v.view_count,
    v.like_count,
    v.comment_count,
    v.share_count,
    coalesce(v.favorites_count, v.favourites_count),
    v.video_duration,
    v.is_stem_verified,
    v.hashtag_info_list,
    list_transform(v.effect_info_list, lambda e: {
        'effect_id': e.effect_id, 'effect_name': e.effect_name,
        'effect_photo_url': coalesce(e.effect_photo_url, e.effect_photo_URI)
    }),
    v.sticker_info_list,
    v.video_mention_list,
    v.video_label,
    v.video_tag
FROM staged JOIN chosen_lists ON (chosen_lists.raw, chosen_lists.item) = (filename, staged.item)
QUALIFY row_number() OVER (
    PARTITION BY staged.item, kind, coalesce(v.id, v.video_id) ORDER BY age DESC, place
) = 1
ORDER BY 1, 2, 3;

INSERT INTO seen
SELECT item_answers.source, coalesce(v.id, v.video_id)::VARCHAR, filename, staged.seq
FROM staged JOIN item_answers ON (item_answers.raw, item_answers.seq) = (filename, staged.seq)
ORDER BY ALL;
