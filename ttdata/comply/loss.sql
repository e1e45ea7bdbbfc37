-- What was checked, and whether it is gone, by stratum. Expects the temporary table `checked` (category, id, gone).
-- A dataset may lack a table; `loss.py` creates an empty one in its place.
CREATE TEMP VIEW posts AS
SELECT id, any_value(create_time) AS create_time, any_value(region_code) AS region_code, any_value(username) AS username
FROM (
    SELECT id::VARCHAR AS id, create_time, region_code, username FROM videos
    UNION ALL SELECT id::VARCHAR, create_time, region_code, username FROM videos_gone
    UNION ALL SELECT video_id::VARCHAR, create_time, region_code, posted_by FROM user_video_links
)
GROUP BY id;

CREATE TEMP VIEW sizes AS
SELECT username, CASE
    WHEN follower_count < 1000 THEN 'below 1,000'
    WHEN follower_count < 10000 THEN '1,000 to 9,999'
    WHEN follower_count < 100000 THEN '10,000 to 99,999'
    WHEN follower_count >= 100000 THEN '100,000 and more'
END AS size
FROM users;

CREATE TEMP VIEW strata_of AS
SELECT category, id, gone, 'month' AS dimension, strftime(posts.create_time, '%Y-%m') AS stratum
FROM checked LEFT JOIN posts USING (id) WHERE category = 'video'
UNION ALL
SELECT category, id, gone, 'region', region_code FROM checked LEFT JOIN posts USING (id) WHERE category = 'video'
UNION ALL
SELECT category, id, gone, 'followers of the author', size
FROM checked LEFT JOIN posts USING (id) LEFT JOIN sizes USING (username) WHERE category = 'video'
UNION ALL
-- A video may match several terms, and has a row for each.
SELECT category, id, gone, 'term', field || ': ' || term
FROM checked JOIN video_terms ON video_id::VARCHAR = id WHERE category = 'video'
UNION ALL
SELECT category, id, gone, 'source', source
FROM checked JOIN (SELECT DISTINCT id, source FROM seen) AS seen USING (id) WHERE category = 'video'
UNION ALL
SELECT category, checked.id, gone, 'month', strftime(comments.create_time, '%Y-%m')
FROM checked LEFT JOIN comments ON comments.id::VARCHAR = checked.id WHERE category = 'comment'
UNION ALL
SELECT category, checked.id, gone, 'region of the video', region_code
FROM checked LEFT JOIN comments ON comments.id::VARCHAR = checked.id
LEFT JOIN posts ON posts.id = comments.video_id::VARCHAR WHERE category = 'comment'
UNION ALL
SELECT category, id, gone, 'followers', size FROM checked LEFT JOIN sizes ON username = id WHERE category = 'user';
