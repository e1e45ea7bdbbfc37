-- The videos that two passes, `first` and `again`, of the same searches returned, search by search. A slice's name has
-- its round after a dot; rounds are not compared.
CREATE TEMP TABLE compared AS
WITH first_pass AS (
    SELECT DISTINCT split_part(slices.slice, '.', 1) AS slice, seen.id::BIGINT AS id
    FROM first.seen JOIN first.slices USING (raw) WHERE seen.source = 'videos' AND slices.source = 'videos'
), later_pass AS (
    SELECT DISTINCT split_part(slices.slice, '.', 1) AS slice, seen.id::BIGINT AS id
    FROM again.seen JOIN again.slices USING (raw) WHERE seen.source = 'videos' AND slices.source = 'videos'
)
SELECT slice, id, first_pass.id IS NOT NULL AND later_pass.id IS NOT NULL AS is_both,
       first_pass.id IS NOT NULL AS is_first
FROM first_pass FULL JOIN later_pass USING (slice, id);

CREATE TEMP TABLE changed AS
SELECT id FROM (FROM first.videos EXCEPT FROM again.videos)
INTERSECT
SELECT id FROM (FROM again.videos EXCEPT FROM first.videos);

CREATE TEMP TABLE comparison AS
SELECT slice, start::VARCHAR AS start, "end"::VARCHAR AS "end",
       count_if(is_both) AS "both",
       count_if(NOT is_both AND is_first) AS lost,
       count_if(NOT is_both AND NOT is_first) AS added,
       count_if(is_both AND compared.id IN (FROM changed)) AS changed,
       coalesce(list(compared.id ORDER BY compared.id) FILTER (NOT is_both AND is_first), []) AS only_first,
       coalesce(list(compared.id ORDER BY compared.id) FILTER (NOT is_both AND NOT is_first), []) AS only_again
FROM (SELECT DISTINCT slice, start, "end" FROM again.slices WHERE source = 'videos')
LEFT JOIN compared USING (slice)
GROUP BY ALL
ORDER BY start, slice;
