-- One row per account or video that an edit of the study has removed from its scope. Their pages are kept, and come back
-- into the dataset if the edit is undone.
-- key: kind, name
CREATE TABLE removed (
    kind          VARCHAR,  -- account or video
    name          VARCHAR,  -- handle, or id
    observations  BIGINT    -- observations of it in the last dataset that had it
);
