-- One row per entry of the study's lists that is not requested: impossible, or equal to an earlier one.
CREATE TABLE list_entries (
    list     VARCHAR,  -- key of the list, such as accounts or where.any.hashtag_name
    entry    VARCHAR,  -- the entry as written
    used_as  VARCHAR,  -- the value of the earlier entry that it repeats; NULL if it is impossible
    reason   VARCHAR   -- why it is not requested, in plain words
);
