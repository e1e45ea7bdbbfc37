INSERT INTO requests
SELECT filename, seq, endpoint, request,
       coalesce(request->>'video_id', request->>'comment_id', request->>'username', request->>'playlist_id',
                request->>'shop_name', request->>'shop_id', request->>'product_id') AS item,
       sent_at::TIMESTAMPTZ AT TIME ZONE 'UTC', status, code, message, log_id, charged,
       records, cursor, has_more, text IS NOT NULL AND code = 'ok'
FROM read_json(getvariable('raw'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', endpoint: 'VARCHAR', request: 'JSON', sent_at: 'VARCHAR', status: 'INTEGER', code: 'VARCHAR',
    message: 'VARCHAR', log_id: 'VARCHAR', charged: 'BOOLEAN', records: 'BIGINT',
    cursor: 'BIGINT', has_more: 'BOOLEAN', text: 'VARCHAR'
})
WHERE item IS NULL OR (filename, item) IN (SELECT raw, item FROM item_files)
ORDER BY filename, seq;
