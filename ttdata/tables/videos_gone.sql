-- One row per video that an earlier round of its search found, and the newest did not: deleted, private, or withheld.
-- like: videos
CREATE TABLE videos_gone AS
SELECT
    id,
    last_seen : NULL::TIMESTAMP,  -- time of the last answer that contained it, UTC, by the API's clock
    * EXCLUDE (id)
FROM videos WITH NO DATA;

INSERT INTO videos_gone
SELECT id, sent_at::TIMESTAMPTZ AT TIME ZONE 'UTC' AS last_seen, * EXCLUDE (id, filename, seq, sent_at, age, place)
FROM typed
WHERE place IN (
    SELECT arg_max(place, (age, place)) FROM typed
    -- A random draw is another sample every time: what it does not return again is not gone.
    WHERE NOT EXISTS (FROM videos WHERE videos.id = typed.id) AND NOT EXISTS (FROM drawn)
    GROUP BY id
)
ORDER BY 1;
