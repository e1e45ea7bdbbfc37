-- Tables for figures.yaml. All of them are temporary: the dataset is not changed. A statement with `needs` is skipped
-- for a dataset without these tables.

CREATE TEMP MACRO counted(number, noun) AS format('{:,} {}{}', number, noun, CASE WHEN number = 1 THEN '' ELSE 's' END);

CREATE TEMP MACRO shown(number, whole, noun) AS CASE
    WHEN number = whole THEN 'Shown: ' || CASE WHEN whole > 1 THEN 'all of ' ELSE '' END || counted(whole, noun) || '.'
    ELSE format('Shown: {:,} of {}.', number, counted(whole, noun))
END;

CREATE TEMP MACRO percent(part, whole) AS CASE
    WHEN part > 0 AND 200 * part < whole THEN 'under 1 %'
    ELSE format('{:.0f} %', 100.0 * part / greatest(whole, 1))
END;

-- An end of Wilson's 95 % interval of a share; side: -1 for the lower end, 1 for the upper one. As in coverage.py.
CREATE TEMP MACRO wilson(hits, tries, side) AS greatest(0, least(1, (
    hits / tries + 1.959964 ** 2 / (2 * tries)
        + side * 1.959964 * sqrt(hits / tries * (1 - hits / tries) / tries + 1.959964 ** 2 / (4 * tries ** 2))
) / (1 + 1.959964 ** 2 / tries)));

-- Bins of a distribution over several powers of ten, each by its lower end.
CREATE TEMP TABLE steps AS
SELECT unnest([0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000,
               10_000_000, 30_000_000, 100_000_000, 300_000_000, 1_000_000_000, 3_000_000_000])::BIGINT AS step;

CREATE TEMP MACRO short(number) AS CASE
    WHEN number >= 1_000_000_000 THEN format('{:,} bn', number // 1_000_000_000)
    WHEN number >= 1_000_000 THEN format('{:,} m', number // 1_000_000)
    WHEN number >= 1000 THEN format('{:,} k', number // 1000)
    ELSE number::VARCHAR
END;

-- The days of the searches, or where there are none those of the videos; and the unit in which they are shown.
-- needs: videos
CREATE TEMP TABLE span AS
WITH days AS (
    SELECT coalesce((SELECT min(start) FROM slices WHERE source = 'videos'), min(create_time)::DATE) AS first,
           coalesce((SELECT max("end") FROM slices WHERE source = 'videos'), max(create_time)::DATE) AS last
    FROM videos
)
SELECT first, last,
       CASE WHEN last - first < 100 THEN 'day' WHEN last - first < 700 THEN 'week' ELSE 'month' END AS unit
FROM days;

-- Days, weeks or months from the first to the last. `requested` says whether a search covered any of their days.
-- needs: videos
CREATE TEMP TABLE bins AS
WITH starts AS (
    SELECT first, last, unit, unnest(generate_series(
        date_trunc(unit, first)::TIMESTAMP, last::TIMESTAMP, ('1 ' || unit)::INTERVAL
    ))::DATE AS start
    FROM span
)
SELECT start, (start + ('1 ' || unit)::INTERVAL)::DATE AS next,
       NOT EXISTS (FROM slices WHERE source = 'videos' AND slices.start IS NOT NULL)
           OR EXISTS (FROM slices WHERE source = 'videos' AND slices.start < next AND slices."end" >= starts.start)
           AS requested
FROM starts;

-- In which bin each video is, and its account. Videos outside the requested days are left out; the audit counts them.
-- needs: videos
CREATE TEMP VIEW placed AS
SELECT id, username, date_trunc(unit, create_time)::DATE AS start
FROM videos, span
WHERE create_time::DATE BETWEEN first AND last;

-- The terms with the most videos. A video can have matched several.
-- needs: videos, terms
CREATE TEMP TABLE by_term AS
SELECT term AS series, start, count(DISTINCT id) AS videos
FROM video_terms JOIN placed ON id = video_id
GROUP BY ALL;

-- The groups of the study's list of accounts.
-- needs: videos, account_groups
CREATE TEMP TABLE by_group AS
SELECT account_group AS series, start, count(*) AS videos
FROM placed JOIN account_groups USING (username)
GROUP BY ALL;

-- The six series with the most videos of one of these tables, over all bins.
-- needs: videos
CREATE TEMP MACRO over_time(source) AS TABLE
WITH shown AS (
    SELECT series, sum(videos)::BIGINT AS total FROM query_table(source)
    GROUP BY series ORDER BY total DESC, series LIMIT 6
)
SELECT series, start::VARCHAR AS start, next::VARCHAR AS next, coalesce(videos, 0) AS videos, total
FROM shown CROSS JOIN bins LEFT JOIN query_table(source) USING (series, start)
WHERE requested
ORDER BY total DESC, series, start;

-- The hashtags of the most videos.
-- needs: video_hashtags
CREATE TEMP TABLE most_used AS
SELECT hashtag, count(*) AS videos, row_number() OVER (ORDER BY count(*) DESC, hashtag) AS place
FROM video_hashtags GROUP BY hashtag
QUALIFY place <= 20
ORDER BY place;
