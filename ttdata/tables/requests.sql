CREATE TEMP TABLE answers AS
SELECT filename AS raw, seq, endpoint, request,
       coalesce(request->>'video_id', request->>'comment_id', request->>'username', request->>'playlist_id',
                request->>'shop_name', request->>'shop_id', request->>'product_id') AS item,
       sent_at::TIMESTAMPTZ AT TIME ZONE 'UTC' AS sent_at, status, code, message, log_id, charged,
       records, cursor, has_more, coalesce(erased, 0) AS erased, text IS NOT NULL AND code = 'ok' AS repaired, oddities,
       -- what was received of the item before
       coalesce(sum(records + coalesce(erased, 0)) FILTER (code = 'ok') OVER (
           PARTITION BY filename, item ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
       ), 0) AS records_before
FROM read_json(getvariable('raw'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', endpoint: 'VARCHAR', request: 'JSON', sent_at: 'VARCHAR', status: 'INTEGER', code: 'VARCHAR',
    message: 'VARCHAR', log_id: 'VARCHAR', charged: 'BOOLEAN', records: 'BIGINT', erased: 'BIGINT',
    cursor: 'BIGINT', has_more: 'BOOLEAN', text: 'VARCHAR',
    oddities: 'STRUCT(position BIGINT, table_name VARCHAR, field VARCHAR, value VARCHAR, action VARCHAR)[]'
});

-- A source has the pages of its items up to the one that makes `most` records full, as if it had requested no more.
INSERT INTO item_answers
SELECT source, raw, seq FROM answers JOIN item_files USING (raw, item)
WHERE most IS NULL OR records_before < most;

DELETE FROM answers WHERE item IS NOT NULL AND (raw, seq) NOT IN (SELECT raw, seq FROM item_answers);

INSERT INTO requests SELECT * EXCLUDE (oddities, records_before, erased), erased FROM answers ORDER BY raw, seq;

INSERT INTO oddities
SELECT raw, seq, odd.position, odd.table_name, odd.field, odd.value, odd.action
FROM (SELECT raw, seq, unnest(oddities) AS odd FROM answers)
ORDER BY ALL;

DROP TABLE answers;

-- The order of the answers. Within a file it is that of the file, since the API's clock can run backwards for a moment;
-- between files the time decides.
CREATE TEMP TABLE ages AS
SELECT raw, seq, row_number() OVER (ORDER BY latest, raw DESC, seq) AS age
FROM (SELECT raw, seq, max(sent_at) OVER (PARTITION BY raw ORDER BY seq) AS latest FROM requests);

-- One list of each item: a whole one rather than one that goes on, and the newest of these. Two sources of a kind may
-- both have one, and places in different lists do not combine.
CREATE TEMP TABLE chosen_lists AS
SELECT arg_max(raw, (is_good, is_whole, age)) AS raw, item
FROM (
    SELECT endpoint, item, raw, bool_or(code = 'ok') AS is_good, NOT arg_max(has_more, age) AS is_whole, max(age) AS age
    FROM requests JOIN ages USING (raw, seq)
    WHERE item IS NOT NULL
    GROUP BY ALL
)
GROUP BY endpoint, item;
