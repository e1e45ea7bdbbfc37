-- One row: the study and what built this dataset from it.
CREATE TABLE study (
    name            VARCHAR,   -- name of the study
    dataset         VARCHAR,   -- name of this dataset
    api             VARCHAR,   -- address of the API; "mock" is the bundled mock server
    declared        JSON,      -- the whole study, as declared
    digest          VARCHAR,   -- content digest of the data tables, as `ttdata digest FILE` prints
    software        VARCHAR,   -- what built it
    epochs          VARCHAR[], -- changes of the API that the videos span
    schema_version  INTEGER    -- version of these tables; a newer one needs a newer ttdata
);

-- One row per data table: what the content digest is made of.
CREATE TABLE table_digests (
    table_name  VARCHAR,  -- name of the table
    row_count   BIGINT,   -- its rows
    digest      VARCHAR   -- content digest of the table, as `ttdata digest --tables FILE` prints
);

-- The newest round of each search and shard, whose answers are in the data tables.
CREATE TABLE slices (
    slice     VARCHAR,             -- name of the slice or shard: of a slice the hash of its request; then its round
    source    VARCHAR,             -- videos, or the name of another source, such as comments
    state     VARCHAR,             -- complete, empty, refused, capped; or, if waived, partial or blocked
    evidence  VARCHAR,             -- how that is known, in plain words
    waived    VARCHAR,             -- why the study waives what is missing; NULL if it does not
    start     DATE,                -- first day of a search that is used (UTC), NULL for shards
    "end"     DATE,                -- last day of a search that is used (UTC), included
    items     BIGINT,              -- items requested, NULL for searches
    refused   BIGINT,              -- items that the API does not disclose
    cut       VARCHAR[],           -- items whose list continues beyond what is here
    requests  BIGINT,              -- requests sent, failed ones included
    least     BIGINT,              -- fewest requests that could have returned it
    records   BIGINT,              -- records received, duplicates included
    used      BIGINT,              -- of these in the days of the study's period; NULL for shards
    asked_at  TIMESTAMP,           -- time of the first answer, UTC, by the API's clock
    settled   VARCHAR,             -- settled; unsettled: counts can be out of date; unindexed: videos can be missing, too
    settled_on TIMESTAMP,          -- when the answers to this search are settled
    unknown   VARCHAR[],           -- fields received that no table has; they are in the raw file
    raw       VARCHAR              -- file with the answers as received
);

-- All rounds of the searches and shards, and of earlier searches that found videos in the scope of this study.
CREATE TABLE rounds (
    slice        VARCHAR,    -- name of the slice or shard in its first round
    source       VARCHAR,    -- videos, or the name of another source
    round        INTEGER,    -- number of the round, from 1
    asked_at     TIMESTAMP,  -- time of its first answer, UTC, by the API's clock
    finished_at  TIMESTAMP,  -- time of its last answer
    settled      VARCHAR,    -- settled, unsettled or unindexed, as in slices
    requests     BIGINT,     -- requests sent
    records      BIGINT,     -- records received
    raw          VARCHAR,    -- file with the answers as received
    superseded_at TIMESTAMP  -- of an earlier search, when the present searches were requested in its place; NULL if not
);

-- One row per request that was sent, failed ones included.
CREATE TABLE requests (
    raw       VARCHAR,    -- file with the answer
    seq       BIGINT,     -- its position in the file, from 0
    endpoint  VARCHAR,    -- such as video.query
    request   JSON,       -- body as sent
    item      VARCHAR,    -- id or handle that was requested; NULL for a search
    sent_at   TIMESTAMP,  -- UTC, by the server's clock
    status    INTEGER,    -- HTTP status; NULL if no answer came
    code      VARCHAR,    -- error code of the API; ok if none
    message   VARCHAR,    -- the API's message
    log_id    VARCHAR,    -- for TikTok's support
    charged   BOOLEAN,    -- counted against the quota
    records   BIGINT,     -- records in the answer
    cursor    BIGINT,     -- where the next page begins; of a search the hits so far, removed ones included
    has_more  BOOLEAN,    -- whether a next page follows, according to the API
    repaired  BOOLEAN,    -- it was corrected to be read: values in `oddities`, half surrogate pairs; the raw file has both forms
    erased    BIGINT      -- records that `ttdata purge` has erased from it since; code erased: it was about such a record
);

-- Which answers contained which record, one row each time.
CREATE TABLE seen (
    source  VARCHAR,  -- videos, or the name of another source, such as comments
    id      VARCHAR,  -- id of the record; of an account its handle
    raw     VARCHAR,  -- file with the answer that contained it
    seq     BIGINT    -- position of that answer in the file
);

-- One row per column of every other table and view: what it means, and which values it has.
CREATE TABLE codebook (
    table_name   VARCHAR,  -- table or view
    column_name  VARCHAR,  -- its column
    type         VARCHAR,  -- type in DuckDB
    unit         VARCHAR,  -- unit of its values; empty if they have none
    source       VARCHAR,  -- page of TikTok's documentation that defines it; ttdata if no field of the API
    description  VARCHAR,  -- what it means
    joins        VARCHAR,  -- column that it joins; NULL if none
    missing      BIGINT,   -- rows without a value
    minimum      VARCHAR,  -- least value of a number or time, except ids
    maximum      VARCHAR   -- greatest value of a number or time, except ids
);
