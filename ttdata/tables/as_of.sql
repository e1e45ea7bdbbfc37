-- Videos as in a dataset built at the end of a day, videos_as_of('2026-06-03'), or at a time (UTC):
-- those that the searches had found by then, with the counts of that time. All else is as last seen. A time before the
-- first search is an error. Subqueries, not WITH: DuckDB 1.4 cannot read a macro with WITH that a later version wrote.
CREATE MACRO videos_as_of(moment) AS TABLE
SELECT ever.* REPLACE (
    counted.view_count AS view_count, counted.like_count AS like_count, counted.comment_count AS comment_count,
    counted.share_count AS share_count, counted.favorites_count AS favorites_count
)
FROM (
    SELECT * FROM videos UNION ALL BY NAME SELECT * EXCLUDE (last_seen) FROM videos_gone
) AS ever
JOIN (
    SELECT video_observations.*
    FROM video_observations
    JOIN (
        SELECT slice, max(round) AS round
        FROM (
            SELECT slice, round, finished_at, superseded_at, min(finished_at) OVER () AS first, CASE
                WHEN length(moment::VARCHAR) = 10 THEN moment::DATE::TIMESTAMP + INTERVAL 1 DAY
                ELSE moment::TIMESTAMP + INTERVAL 1 MICROSECOND
            END AS cutoff
            FROM rounds WHERE source = 'videos'
        )
        WHERE CASE
            WHEN cutoff <= first THEN error('No video had been requested by ' || moment || ': the first search was finished on ' || first || ' (UTC).')
            ELSE finished_at < cutoff AND coalesce(superseded_at >= cutoff, true)
        END
        GROUP BY slice
    ) AS standing USING (slice, round)
    QUALIFY row_number() OVER (PARTITION BY video_id ORDER BY observed_at DESC, slice) = 1
) AS counted ON counted.video_id = ever.id;
