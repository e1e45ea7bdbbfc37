-- What the checks of checks.yaml look at. All of it is temporary: the dataset stays as it is. A statement that says
-- `needs` is left out for a dataset without that table.

-- Good answers. A search is known by its raw file and window, a list by its raw file and item (`part` is either).
CREATE TEMP TABLE pages AS
SELECT raw, seq, item, records, cursor, has_more, sent_at,
       coalesce(item, concat_ws(' ', request->>'start_date', request->>'end_date')) AS part,
       coalesce(try_cast(request->>'cursor' AS BIGINT), 0) AS begins,
       coalesce(try_cast(request->>'is_random' AS BOOLEAN), false) AS is_random
FROM requests
WHERE code = 'ok';

-- Which video came with which search.
CREATE TEMP TABLE came AS
SELECT slices.slice, seen.raw, pages.part, seen.seq, pages.begins, pages.is_random, seen.id::BIGINT AS id
FROM seen
JOIN pages USING (raw, seq)
JOIN slices ON slices.raw = seen.raw AND slices.source = 'videos'
WHERE seen.source = 'videos';

-- Searches for all that there is, each window by itself: hits as the API counted them, removed ones included. A window
-- that was asked for again in shorter ones counts as these.
CREATE TEMP TABLE searches AS
WITH walked AS (
    SELECT slices.slice, pages.raw, part, max(cursor) AS hits, count(*) AS pages, arg_max(has_more, seq) AS has_more,
           split_part(part, ' ', 1) AS first, split_part(part, ' ', 2) AS last
    FROM pages
    JOIN slices USING (raw)
    WHERE slices.source = 'videos' AND NOT is_random
    GROUP BY ALL
)
SELECT slice, raw, part, hits, pages, has_more
FROM walked
WHERE NOT EXISTS (
    FROM walked AS shorter
    WHERE shorter.raw = walked.raw AND shorter.part != walked.part
      AND shorter.first >= walked.first AND shorter.last <= walked.last
);

-- Slices of which something is missing, which the study waives.
CREATE TEMP TABLE waived AS
SELECT slice, source, raw, waived AS reason, state, evidence FROM slices
WHERE waived IS NOT NULL AND state NOT IN ('complete', 'empty', 'refused', 'capped');

-- Requests that failed though others brought what they asked for.
CREATE TEMP TABLE failures AS
SELECT requests.raw, seq, code, status
FROM requests
LEFT JOIN (SELECT DISTINCT raw, part, true AS came FROM pages) AS good
  ON good.raw = requests.raw AND good.part = coalesce(item, concat_ws(' ', request->>'start_date', request->>'end_date'))
WHERE code != 'ok' AND (came OR item IS NULL AND requests.raw NOT IN (SELECT raw FROM waived));

-- A text with nothing but its letters and digits, so that spelling and null bytes do not matter.
CREATE TEMP MACRO squeezed(words) AS regexp_replace(lower(strip_accents(words)), '[^\pL\pN\pM]+', '', 'g');

-- Conditions of the searches, one a row. `group_name` is and, or, not; `judged` says whether a video's text can tell.
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
       list_transform(condition.field_values, lambda value: lower(ltrim(value, '@#'))) AS wanted,
       list_transform(condition.field_values, lambda value: squeezed(value)) AS squeezed,
       group_name = 'and' OR bool_and(condition.field_name IN ('keyword', 'hashtag_name')) OVER (
           PARTITION BY raw, group_name
       ) AS judged
FROM listed;

-- Which dataset of the study this is, as declared, and how many records of an item its sources ask for at most.
CREATE TEMP TABLE declared AS
SELECT declared->'datasets'->dataset AS dataset FROM study;

CREATE TEMP TABLE most AS
SELECT split_part(source, '_', 1) AS kind, min(try_cast(dataset->source->>'max' AS BIGINT)) AS most
FROM declared, unnest(json_keys(dataset)) AS sources (source)
WHERE json_type(dataset->source) = 'OBJECT'
GROUP BY ALL;

-- Videos that a search gave though it did not ask for them, and why.
-- needs: videos
CREATE TEMP TABLE strays AS
SELECT DISTINCT id, slice, raw, 'outside_window' AS why, 'posted on ' || create_time::DATE AS found
FROM came JOIN videos USING (id) JOIN slices USING (slice, raw)
WHERE create_time::DATE NOT BETWEEN slices.start AND slices."end"
UNION ALL
SELECT DISTINCT id, slice, raw, 'wrong_region', 'of ' || region_code
FROM came JOIN videos USING (id) JOIN conditions USING (raw)
WHERE field = 'region_code' AND group_name != 'or'
  AND list_contains(wanted, lower(region_code)) = (group_name = 'not')
UNION ALL
SELECT DISTINCT id, slice, raw, 'wrong_user', 'of another account'
FROM came JOIN videos USING (id) JOIN conditions USING (raw)
WHERE field = 'username' AND group_name != 'or'
  AND list_contains(wanted, lower(replace(username, chr(0), ''))) = (group_name = 'not');

-- Videos that only came where they were not asked for.
-- needs: videos
CREATE TEMP TABLE out_of_scope AS
SELECT id FROM came GROUP BY id HAVING bool_and((raw, id) IN (SELECT (raw, id) FROM strays));

-- Videos that only came with searches that were asked for too early.
-- needs: videos
CREATE TEMP TABLE unsettled AS
SELECT id FROM came JOIN slices USING (slice, raw) GROUP BY id HAVING bool_and(settled != 'settled');

-- Fields that every video has, or that every account has now and then, and where they are missing.
CREATE TEMP TABLE fields AS
SELECT field, always FROM (VALUES
    ('create_time', true), ('username', true), ('region_code', true), ('music_id', true), ('view_count', true),
    ('like_count', true), ('comment_count', true), ('share_count', true), ('favorites_count', true),
    ('video_duration', true), ('is_stem_verified', true), ('video_description', false), ('hashtag_names', false),
    ('voice_to_text', false)
) AS listed (field, always)
WHERE coalesce((SELECT list_contains((dataset->'videos'->'fields')::VARCHAR[], field) FROM declared), true);

-- needs: videos
CREATE TEMP VIEW presence AS
FROM (UNPIVOT (
    SELECT hash(coalesce(username, id::VARCHAR)) AS account, region_code AS region, strftime(create_time, '%Y-%m') AS month, id,
           create_time IS NOT NULL AS create_time, username IS NOT NULL AS username,
           region_code IS NOT NULL AS region_code, music_id IS NOT NULL AS music_id,
           view_count IS NOT NULL AS view_count,
           -- The API leaves a count of likes out where there are none.
           like_count IS NOT NULL OR coalesce(view_count, 0) < 1000 AS like_count,
           comment_count IS NOT NULL AS comment_count, share_count IS NOT NULL AS share_count,
           favorites_count IS NOT NULL AS favorites_count, video_duration IS NOT NULL AS video_duration,
           is_stem_verified IS NOT NULL AS is_stem_verified, video_description IS NOT NULL AS video_description,
           hashtag_names IS NOT NULL AS hashtag_names, voice_to_text IS NOT NULL AS voice_to_text
    FROM videos
) ON COLUMNS(* EXCLUDE (account, region, month, id)) INTO NAME field VALUE is_there);

-- needs: videos
CREATE TEMP TABLE absent_fields AS
SELECT field, always, count(*) AS videos, count_if(NOT is_there) AS missing,
       min(id) FILTER (NOT is_there) AS example, always AND NOT bool_or(is_there) AS wholly
FROM presence JOIN fields USING (field)
GROUP BY field, always;

-- Groups in which a field never is there, though by its share elsewhere it should be. Counted by account: what one
-- account's videos have in common is no chance.
-- needs: videos
CREATE TEMP TABLE absent_groups AS
WITH accounts AS (
    SELECT field, dimension, name, account, count(*) AS videos, bool_or(is_there) AS has
    FROM (
        SELECT field, account, is_there, 'region' AS dimension, region AS name FROM presence
        UNION ALL
        SELECT field, account, is_there, 'month', month FROM presence
    )
    WHERE name IS NOT NULL GROUP BY ALL
), groups AS (
    SELECT field, dimension, name, sum(videos)::BIGINT AS videos, count(*) AS accounts, count_if(has) AS holders
    FROM accounts GROUP BY ALL
)
SELECT one.field, one.name, one.videos
FROM groups AS one
JOIN (SELECT field, dimension, sum(accounts) AS accounts, sum(holders) AS holders FROM groups GROUP BY ALL) AS whole
  USING (field, dimension)
JOIN fields USING (field)
WHERE one.holders = 0 AND whole.accounts - one.accounts >= 20
  AND one.accounts * ln(1 - least(0.999, whole.holders / (whole.accounts - one.accounts))) < ln(1e-6);

-- Videos of each search, and how many of them hold a term of its query, as far as texts can tell.
-- needs: videos
CREATE TEMP TABLE terms AS
WITH texts AS (
    SELECT id, squeezed(replace(video_description, chr(0), '')) AS said, list_transform(hashtag_names, lambda tag: lower(tag)) AS tags
    FROM videos WHERE video_description IS NOT NULL
), compared AS (
    SELECT DISTINCT slice, raw, id, group_name, wanted,
           list_bool_or(list_transform(squeezed, lambda term: contains(said, term)))
               OR field = 'hashtag_name' AND coalesce(list_has_any(tags, wanted), false) AS holds
    FROM came JOIN conditions USING (raw) JOIN texts USING (id)
    WHERE field IN ('keyword', 'hashtag_name') AND group_name != 'not' AND judged
), judged AS (
    SELECT slice, raw, id,
           coalesce(bool_and(holds) FILTER (group_name = 'and'), true)
               AND coalesce(bool_or(holds) FILTER (group_name = 'or'), true) AS holds
    FROM compared GROUP BY ALL
)
SELECT slice, raw, count(*) AS videos, count_if(holds) AS matching FROM judged GROUP BY ALL;

-- Lists of followers and following with the number that the profile counts.
-- needs: users
CREATE TEMP TABLE lists AS
SELECT split_part(slices.source, '_', 1) AS kind, item, count(DISTINCT seen.id) AS got,
       any_value(CASE WHEN slices.source LIKE 'followers%' THEN follower_count ELSE following_count END) AS counted
FROM pages
JOIN slices USING (raw)
LEFT JOIN seen ON seen.raw = pages.raw AND seen.seq = pages.seq AND seen.source = slices.source
JOIN users ON users.username = item
WHERE split_part(slices.source, '_', 1) IN ('followers', 'following')
GROUP BY ALL;
