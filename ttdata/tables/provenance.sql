-- What was asked to make this dataset. None of it counts for the digest.
CREATE TABLE study (
    name      VARCHAR,  -- name of the study
    dataset   VARCHAR,  -- name of this dataset
    api       VARCHAR,  -- address of the API that was asked; "mock" is the bundled mock server
    declared  JSON,     -- the whole study, as declared
    digest    VARCHAR,  -- content digest of the data tables, as `python -m ttdata digest FILE` prints it
    software  VARCHAR,  -- what built it
    epochs    VARCHAR[] -- changes of the API that the videos lie on both sides of
);

-- What stands in the tables of data: of each search and shard the newest round.
CREATE TABLE slices (
    slice     VARCHAR,             -- name of the slice or shard: of a slice the hash of what it asks; then its round
    source    VARCHAR,             -- videos, or the name of a chained source, such as comments
    state     VARCHAR,             -- complete, empty, refused, capped; or, if waived, partial or blocked
    evidence  VARCHAR,             -- what tells so, in plain words
    waived    VARCHAR,             -- why the study does without what is missing; NULL if it does not
    start     DATE,                -- first day of a search (UTC), NULL for shards
    "end"     DATE,                -- last day of a search (UTC), included
    items     BIGINT,              -- ids asked about, NULL for searches
    refused   BIGINT,              -- ids that the API does not disclose
    cut       VARCHAR[],           -- ids whose list goes on beyond what is there
    requests  BIGINT,              -- requests spent, failed ones included
    least     BIGINT,              -- fewest requests that could have done it
    records   BIGINT,              -- records received, duplicates included
    asked_at  TIMESTAMP,           -- time of the first answer, UTC, by the API's clock
    settled   VARCHAR,             -- settled; unsettled: counts can be too old; unindexed: videos can be missing, too
    settled_on TIMESTAMP,          -- from when on the answers to this search are settled
    unknown   VARCHAR[],           -- fields received that no table has; they stay in the raw file
    raw       VARCHAR              -- file that holds the answers as received
);

CREATE TABLE rounds (
    slice        VARCHAR,    -- name of the slice or shard in its first round
    source       VARCHAR,    -- videos, or the name of a chained source
    round        INTEGER,    -- the how-manieth asking, from 1
    asked_at     TIMESTAMP,  -- time of its first answer, UTC, by the API's clock
    finished_at  TIMESTAMP,  -- time of its last answer
    settled      VARCHAR,    -- settled, unsettled or unindexed, as in slices
    requests     BIGINT,     -- requests spent
    records      BIGINT,     -- records received
    raw          VARCHAR     -- file that holds the answers as received
);

CREATE TABLE requests (
    raw       VARCHAR,    -- file that holds the answer
    seq       BIGINT,     -- its place in the file, from 0
    endpoint  VARCHAR,    -- such as video.query
    request   JSON,       -- body as sent
    item      VARCHAR,    -- id or handle that it asked about; NULL for a search
    sent_at   TIMESTAMP,  -- UTC, by the server's clock
    status    INTEGER,    -- HTTP status; NULL if no answer came
    code      VARCHAR,    -- error code of the API; ok if none
    message   VARCHAR,    -- what the API said
    log_id    VARCHAR,    -- to be quoted to TikTok's support
    charged   BOOLEAN,    -- counted against the quota
    records   BIGINT,     -- records in the answer
    cursor    BIGINT,     -- where the next page begins; of a search the hits counted so far, removed ones included
    has_more  BOOLEAN,    -- whether the API said that a next page follows
    repaired  BOOLEAN     -- half characters in it were replaced by U+FFFD; the raw file has both forms
);

CREATE TABLE seen (
    source  VARCHAR,  -- videos, or the name of a chained source, such as comments
    id      VARCHAR,  -- id of the record; of an account its handle
    raw     VARCHAR,  -- file that holds the answer in which it came
    seq     BIGINT    -- its place in the file
);
