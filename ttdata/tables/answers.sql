-- How many answers each raw file holds.
SELECT filename, count(*)
FROM read_json(getvariable('raw'), format = 'newline_delimited', compression = 'zstd', filename = true,
               maximum_object_size = 268435456, columns = {seq: 'BIGINT'})
GROUP BY filename;
