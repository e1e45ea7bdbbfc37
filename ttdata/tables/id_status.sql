-- One row per entry of the study's list of ids: whether the API returned the video. Joins ids by the same columns.
-- key: listed
CREATE TABLE id_status (
    listed    VARCHAR,              -- the entry as written, as in ids
    video_id  BIGINT,               -- the id that it contains; NULL if it contains none
    status    VARCHAR,              -- found; gone: found before, and no longer; missing: searched for and never found; not_asked; not_an_id
    searches  INTEGER               -- searches that named the id and were answered
);

INSERT INTO id_status
WITH named AS (
    SELECT TRY_CAST(unnest((request->'$.query.and[0].field_values')::VARCHAR[]) AS BIGINT) AS video_id, raw
    FROM requests
    WHERE code = 'ok' AND request->>'$.query.and[0].field_name' = 'video_id'
),
asked_for AS (SELECT video_id, count(DISTINCT raw) AS searches FROM named GROUP BY video_id)
SELECT listed, ids.video_id,
       CASE WHEN ids.video_id IS NULL THEN 'not_an_id'
            WHEN videos.id IS NOT NULL THEN 'found'
            WHEN videos_gone.id IS NOT NULL THEN 'gone'
            WHEN searches IS NULL THEN 'not_asked'
            ELSE 'missing' END,
       coalesce(searches, 0)
FROM ids
LEFT JOIN videos ON videos.id = ids.video_id
LEFT JOIN videos_gone ON videos_gone.id = ids.video_id
LEFT JOIN asked_for ON asked_for.video_id = ids.video_id
ORDER BY listed;
