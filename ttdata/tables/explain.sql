-- Every request that brought a record, with the search or shard that it belongs to; oldest first.
SELECT DISTINCT seen.source, slices.slice, slices.start, slices."end", requests.item, requests.sent_at, requests.log_id,
       seen.raw, seen.seq
FROM seen
JOIN requests USING (raw, seq)
LEFT JOIN slices ON slices.raw = seen.raw AND slices.source = seen.source
WHERE seen.id = $record
ORDER BY requests.sent_at, seen.raw, seen.seq, seen.source;
