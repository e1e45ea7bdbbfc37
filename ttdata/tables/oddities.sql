-- Values that do not fit their column, and records without an id. The raw file has the answer as received.
CREATE TABLE oddities (
    raw_file    VARCHAR,  -- file with the answer
    seq         BIGINT,   -- position of that answer in the file
    position    BIGINT,   -- place of the record in the answer, from 1; 0: the answer itself
    table_name  VARCHAR,  -- table of the record
    field       VARCHAR,  -- its field, a nested one as outer.inner; '' if the record is not an object
    value       VARCHAR,  -- value as received, at most 200 characters of it; absent: the answer has no list
    action      VARCHAR   -- null: the table has NULL instead; set_aside: the table does not have the record
);
