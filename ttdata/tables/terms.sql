-- One row per term that was searched for, and when. A term with two phases has two rows.
CREATE TABLE terms (
    field      VARCHAR,  -- field of the search, such as hashtag_name or keyword
    term       VARCHAR,  -- the term, as declared
    first_day  DATE,     -- first day of posting (UTC) for which it was searched
    last_day   DATE      -- last day of posting (UTC), included
);

-- Which term a video may have matched. The API does not say, and does not match exactly: this is derived from the
-- videos themselves, when it is read.
CREATE VIEW video_terms AS
SELECT DISTINCT videos.id AS video_id, field, term
FROM terms
JOIN videos ON coalesce(create_time::DATE BETWEEN first_day AND last_day, true)
WHERE CASE field
    WHEN 'hashtag_name' THEN list_contains(
        list_transform(hashtag_names, lambda tag: nfc_normalize(lower(tag))), nfc_normalize(lower(ltrim(term, '#')))
    )
    WHEN 'keyword' THEN contains(nfc_normalize(lower(video_description)), nfc_normalize(lower(term)))
    WHEN 'username' THEN username = term
    WHEN 'music_id' THEN music_id::VARCHAR = term
    WHEN 'effect_id' THEN list_contains(effect_ids, term)
    ELSE false
END;

COMMENT ON VIEW video_terms IS 'approximate: derived from hashtags and captions, as the API does not say which term a video matched';
COMMENT ON COLUMN video_terms.video_id IS 'videos.id';
COMMENT ON COLUMN video_terms.field IS 'terms.field';
COMMENT ON COLUMN video_terms.term IS 'terms.term';
