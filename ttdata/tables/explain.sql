-- Every request that returned a record, with its search or shard; oldest first.
SELECT DISTINCT seen.source, rounds.slice || if(rounds.round > 1, '.' || rounds.round, ''), slices.start, slices."end", requests.item, requests.sent_at, requests.log_id,
       seen.raw, seen.seq
FROM seen
JOIN requests USING (raw, seq)
LEFT JOIN rounds ON rounds.raw = seen.raw AND rounds.source = seen.source
LEFT JOIN slices ON split_part(slices.slice, '.', 1) = rounds.slice AND slices.source = rounds.source
WHERE seen.id = $record
ORDER BY requests.sent_at, seen.raw, seen.seq, seen.source;
