-- One row per stratum of a random sample: what was requested, what was returned, and how many videos there may be.
-- key: stratum
CREATE TABLE strata (
    stratum              VARCHAR,              -- name of the stratum, such as 2025-01 or 2025-01 DE
    start                DATE,                 -- first day (UTC)
    "end"                DATE,                 -- last day (UTC), included
    region_code          VARCHAR,              -- country; NULL if the sample is not drawn by country
    draws                INTEGER,              -- draws that were answered
    requested            BIGINT,               -- videos requested, 100 per draw
    received             BIGINT,               -- videos returned, repeated ones included
    yield                DECIMAL(5, 4),        -- received / requested; NULL if no draw was answered
    distinct_videos      BIGINT,               -- videos returned, each once
    repeated             BIGINT,               -- videos of a draw that an earlier draw had returned
    population_estimate  BIGINT,               -- videos that there may be (Schnabel 1938, Chapman 1952); NULL if none was repeated
    low                  BIGINT,               -- lower limit of the estimate, 95 % confidence
    high                 BIGINT                -- upper limit of the estimate
);
