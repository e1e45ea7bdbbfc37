-- Tables for checks.yaml and facts.yaml. All of them are temporary: the dataset is not changed. A statement with
-- `needs` is skipped for a dataset without that table.

-- Good answers. `subject` is the window of a search or the item of a list; with the raw file it identifies either.
CREATE TEMP TABLE pages AS
-- Datasets of earlier versions have no column `erased`: it is then the 0 of the outer query.
WITH requests AS (
    SELECT answered.* FROM (SELECT 0 AS erased), LATERAL (
        SELECT requests.* EXCLUDE (records), records + erased AS records, erased AS erased_since FROM requests
    ) AS answered
)
SELECT raw, seq, item, records, erased_since AS erased, cursor, has_more, sent_at,
       coalesce(item, concat_ws(' ', request->>'start_date', request->>'end_date')) AS subject,
       coalesce(try_cast(request->>'cursor' AS BIGINT), 0) AS start_cursor,
       coalesce(try_cast(request->>'is_random' AS BOOLEAN), false) AS is_random,
       -- The hits of a search do not count if it is a draw, or if only some of its days are used.
       is_random OR raw IN (SELECT raw FROM slices WHERE used < records) AS is_uncounted
FROM requests
WHERE code = 'ok';

-- Which search returned which video, one row per record received.
CREATE TEMP TABLE received_videos AS
SELECT slices.slice, seen.raw, pages.subject, seen.seq, pages.start_cursor, pages.is_uncounted, seen.id::BIGINT AS id
FROM seen
JOIN pages USING (raw, seq)
JOIN slices ON slices.raw = seen.raw AND slices.source = 'videos'
WHERE seen.source = 'videos';

-- Exhaustive searches, one row per window. Hits are those that the API counted, removed ones included. A window that
-- was split is left out, and the shorter windows count.
CREATE TEMP TABLE searches AS
WITH windows AS (
    SELECT slices.slice, pages.raw, subject, max(cursor) AS hits, count(*) AS pages, arg_max(has_more, seq) AS has_more,
           split_part(subject, ' ', 1) AS first, split_part(subject, ' ', 2) AS last
    FROM pages
    JOIN slices USING (raw)
    WHERE slices.source = 'videos' AND NOT is_uncounted
    GROUP BY ALL
)
SELECT slice, raw, subject, hits, pages, has_more
FROM windows
WHERE NOT EXISTS (
    FROM windows AS shorter
    WHERE shorter.raw = windows.raw AND shorter.subject != windows.subject
      AND shorter.first >= windows.first AND shorter.last <= windows.last
);

-- Incomplete slices that the study waives.
CREATE TEMP TABLE waived AS
SELECT slice, source, raw, waived AS reason, state, evidence FROM slices
WHERE waived IS NOT NULL AND state NOT IN ('complete', 'empty', 'refused', 'capped');

-- Failed requests that others made up for. A search that is not waived was answered, if need be in shorter windows.
CREATE TEMP TABLE failures AS
SELECT requests.raw, seq, code, status
FROM requests
LEFT JOIN (SELECT DISTINCT raw, subject, true AS is_answered FROM pages) AS good
  ON good.raw = requests.raw
 AND good.subject = coalesce(item, concat_ws(' ', request->>'start_date', request->>'end_date'))
WHERE code NOT IN ('ok', 'erased') AND (is_answered OR item IS NULL AND requests.raw NOT IN (SELECT raw FROM waived));

-- The letters and digits of a text, so that spaces, punctuation, accents, case and null bytes do not matter.
CREATE TEMP MACRO normalised(words) AS regexp_replace(lower(strip_accents(words)), '[^\pL\pN\pM]+', '', 'g');

-- Conditions of the searches, one per row. `group_name` is and, or, not; `is_checkable` says whether a video's text can
-- show that it matches.
CREATE TEMP TABLE conditions AS
WITH queries AS (
    SELECT DISTINCT raw, request->'query' AS query FROM requests WHERE endpoint = 'video.query'
), listed AS (
    SELECT raw, group_name, unnest(from_json(
        query->group_name, '[{"field_name": "VARCHAR", "operation": "VARCHAR", "field_values": ["VARCHAR"]}]'
    )) AS condition
    FROM queries, (VALUES ('and'), ('or'), ('not')) AS groups (group_name)
)
SELECT raw, group_name, condition.field_name AS field,
       list_transform(condition.field_values, lambda value: lower(ltrim(value, '@#'))) AS terms,
       list_transform(condition.field_values, lambda value: normalised(value)) AS normalised_terms,
       group_name = 'and' OR bool_and(condition.field_name IN ('keyword', 'hashtag_name')) OVER (
           PARTITION BY raw, group_name
       ) AS is_checkable
FROM listed;

-- This dataset as the study declares it, and the limits (`max`) of its sources by kind.
CREATE TEMP TABLE declared AS
SELECT declared->'datasets'->dataset AS dataset FROM study;

CREATE TEMP TABLE limits AS
SELECT split_part(source, '_', 1) AS kind, min(try_cast(dataset->source->>'max' AS BIGINT)) AS most
FROM declared, unnest(json_keys(dataset)) AS sources (source)
WHERE json_type(dataset->source) = 'OBJECT'
GROUP BY ALL;

-- Videos that a search returned although they do not match its request, and the check that reports them.
-- needs: videos
CREATE TEMP TABLE off_query_videos AS
SELECT DISTINCT id, slice, raw, 'outside_window' AS check_name, 'posted on ' || create_time::DATE AS found
FROM received_videos JOIN videos USING (id) JOIN slices USING (slice, raw)
WHERE create_time::DATE NOT BETWEEN slices.start AND slices."end"
UNION ALL
SELECT DISTINCT id, slice, raw, 'wrong_region', 'of ' || region_code
FROM received_videos JOIN videos USING (id) JOIN conditions USING (raw)
WHERE field = 'region_code' AND group_name != 'or'
  AND list_contains(terms, lower(region_code)) = (group_name = 'not')
UNION ALL
SELECT DISTINCT id, slice, raw, 'wrong_user', 'of another account'
FROM received_videos JOIN videos USING (id) JOIN conditions USING (raw)
WHERE field = 'username' AND group_name != 'or'
  AND list_contains(terms, lower(replace(username, chr(0), ''))) = (group_name = 'not');

-- Videos that match the request of none of the searches that returned them.
-- needs: videos
CREATE TEMP TABLE out_of_scope AS
SELECT id FROM received_videos GROUP BY id HAVING bool_and((raw, id) IN (SELECT (raw, id) FROM off_query_videos));

-- Videos that only searches returned that are not settled.
-- needs: videos
CREATE TEMP TABLE unsettled AS
SELECT id FROM received_videos JOIN slices USING (slice, raw) GROUP BY id HAVING bool_and(settled != 'settled');

-- Requested fields that every video has (`always`), or that some videos of every account have.
CREATE TEMP TABLE fields AS
SELECT field, always FROM (VALUES
    ('create_time', true), ('username', true), ('region_code', true), ('music_id', true), ('view_count', true),
    ('like_count', true), ('comment_count', true), ('share_count', true), ('favorites_count', true),
    ('video_duration', true), ('is_stem_verified', true), ('video_description', false), ('hashtag_names', false),
    ('voice_to_text', false)
) AS listed (field, always)
WHERE coalesce((SELECT list_contains((dataset->'videos'->'fields')::VARCHAR[], field) FROM declared), true);

-- Whether each video has each field.
-- needs: videos
CREATE TEMP VIEW presence AS
FROM (UNPIVOT (
    SELECT hash(coalesce(username, id::VARCHAR)) AS account, region_code AS region,
           strftime(create_time, '%Y-%m') AS month, id,
           create_time IS NOT NULL AS create_time, username IS NOT NULL AS username,
           region_code IS NOT NULL AS region_code, music_id IS NOT NULL AS music_id,
           view_count IS NOT NULL AS view_count,
           -- The API omits like_count if it is zero.
           like_count IS NOT NULL OR coalesce(view_count, 0) < 1000 AS like_count,
           comment_count IS NOT NULL AS comment_count, share_count IS NOT NULL AS share_count,
           favorites_count IS NOT NULL AS favorites_count, video_duration IS NOT NULL AS video_duration,
           is_stem_verified IS NOT NULL AS is_stem_verified, video_description IS NOT NULL AS video_description,
           hashtag_names IS NOT NULL AS hashtag_names, voice_to_text IS NOT NULL AS voice_to_text
    FROM videos
) ON COLUMNS(* EXCLUDE (account, region, month, id)) INTO NAME field VALUE is_present);

-- In how many videos a field is missing.
-- needs: videos
CREATE TEMP TABLE absent_fields AS
SELECT field, always, count(*) AS videos, count_if(NOT is_present) AS missing,
       min(id) FILTER (NOT is_present) AS example, always AND NOT bool_or(is_present) AS is_absent_everywhere
FROM presence JOIN fields USING (field)
GROUP BY field, always;

-- Groups in which a field is always missing, although it should be present by its share in other groups. Counted by
-- account, because the videos of one account are not independent.
-- needs: videos
CREATE TEMP TABLE absent_groups AS
WITH accounts AS (
    SELECT field, dimension, name, account, count(*) AS videos, bool_or(is_present) AS has_field
    FROM (
        SELECT field, account, is_present, 'region' AS dimension, region AS name FROM presence
        UNION ALL
        SELECT field, account, is_present, 'month', month FROM presence
    )
    WHERE name IS NOT NULL GROUP BY ALL
), groups AS (
    SELECT field, dimension, name, sum(videos)::BIGINT AS videos,
           count(*) AS accounts, count_if(has_field) AS with_field
    FROM accounts GROUP BY ALL
)
SELECT one.field, one.name, one.videos
FROM groups AS one
JOIN (
    SELECT field, dimension, sum(accounts) AS accounts, sum(with_field) AS with_field FROM groups GROUP BY ALL
) AS whole
  USING (field, dimension)
JOIN fields USING (field)
WHERE one.with_field = 0 AND whole.accounts - one.accounts >= 20
  AND one.accounts * ln(1 - least(0.999, whole.with_field / (whole.accounts - one.accounts))) < ln(1e-6);

-- Videos of each search, and how many of them contain a term of its query, as far as their texts show.
-- needs: videos
CREATE TEMP TABLE terms AS
WITH texts AS (
    SELECT id, normalised(replace(video_description, chr(0), '')) AS caption,
           list_transform(hashtag_names, lambda tag: lower(tag)) AS tags
    FROM videos WHERE video_description IS NOT NULL
), compared AS (
    SELECT DISTINCT slice, raw, id, group_name, terms,
           list_bool_or(list_transform(normalised_terms, lambda term: contains(caption, term)))
               OR field = 'hashtag_name' AND coalesce(list_has_any(tags, terms), false) AS is_match
    FROM received_videos JOIN conditions USING (raw) JOIN texts USING (id)
    WHERE field IN ('keyword', 'hashtag_name') AND group_name != 'not' AND is_checkable
), matches AS (
    SELECT slice, raw, id,
           coalesce(bool_and(is_match) FILTER (group_name = 'and'), true)
               AND coalesce(bool_or(is_match) FILTER (group_name = 'or'), true) AS is_match
    FROM compared GROUP BY ALL
)
SELECT slice, raw, count(*) AS videos, count_if(is_match) AS matching FROM matches GROUP BY ALL;

-- Lists of followers and following: how many accounts were received, and how many the profile counts.
-- needs: users
CREATE TEMP TABLE lists AS
SELECT split_part(slices.source, '_', 1) AS kind, item, count(DISTINCT seen.id) AS received,
       any_value(CASE WHEN slices.source LIKE 'followers%' THEN follower_count ELSE following_count END) AS counted
FROM pages
JOIN slices USING (raw)
LEFT JOIN seen ON seen.raw = pages.raw AND seen.seq = pages.seq AND seen.source = slices.source
JOIN users ON users.username = item
WHERE split_part(slices.source, '_', 1) IN ('followers', 'following')
GROUP BY ALL;

-- No time of a record is before TikTok's first videos, or after the answer that contains it.
CREATE TEMP MACRO earliest() AS TIMESTAMP '2014-01-01';

CREATE TEMP MACRO latest() AS (SELECT max(sent_at) FROM requests);
