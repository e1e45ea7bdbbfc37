-- One row per table of the study's own labels. None of them is part of the dataset's digest.
-- key: name
CREATE TABLE labels (
    name            VARCHAR,  -- the table with the labels
    file            VARCHAR,  -- file in the study's folder that they are from
    "of"            VARCHAR,  -- the table whose rows are labelled
    item            VARCHAR,  -- column of the labels with the id, or the handle
    coder           VARCHAR,  -- column of the file with the coder; NULL if it has none
    level           JSON,     -- levels of measurement that the study names, by column
    rows            BIGINT,   -- rows in the table
    uncoded         BIGINT,   -- rows of the file without any label, which are not in the table
    unreadable      BIGINT,   -- rows without an id or a coder, which are not in the table
    unknown         BIGINT,   -- rows about items that the dataset does not have, which are not in the table
    duplicates      BIGINT,   -- rows that repeat another one, which is in the table
    contradictions  BIGINT,   -- rows that contradict another one; neither is in the table
    digest          VARCHAR   -- digest of the table's content, in any order of rows
);
