-- One row per Parquet file that belongs to this dataset. They are beside its .duckdb file.
CREATE TABLE parquet_files (
    table_name  VARCHAR,  -- table whose rows it has
    file        VARCHAR,  -- its path, from the folder of the .duckdb file
    row_count   BIGINT,   -- its rows
    bytes       BIGINT    -- its size
);
