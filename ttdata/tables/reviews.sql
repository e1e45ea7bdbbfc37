-- One row a review of a product. TikTok gives reviews no id: the place in the product's list tells them apart.
CREATE TABLE reviews (
    product_id         BIGINT,     -- products.product_id
    position           BIGINT,     -- place in the product's list of reviews, from 1
    product_name       VARCHAR,    -- name of the product
    review_text        VARCHAR,    -- text
    review_rating      VARCHAR,    -- rating in words, ONE to FIVE
    review_like_count  BIGINT,     -- likes
    create_time        TIMESTAMP,  -- time of writing, UTC
    PRIMARY KEY (product_id, position)
);

CREATE TEMP TABLE staged AS
SELECT filename, seq, sent_at, request.product_id AS asked, 1 AS counted,
       (coalesce(request.page_start, 1) - 1) * request.page_size + generate_subscripts(body.data.review_data, 1) AS position,
       unnest(body.data.review_data) AS r
FROM read_json(getvariable('reviews'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', sent_at: 'VARCHAR', request: 'STRUCT(product_id VARCHAR, page_start BIGINT, page_size BIGINT)',
    body: 'STRUCT("data" STRUCT(review_data STRUCT(
        product_name VARCHAR, review_text VARCHAR, review_like_count BIGINT, review_rating VARCHAR,
        create_time BIGINT)[]))'
})
WHERE (filename, asked) IN (SELECT raw, item FROM asked);

INSERT INTO reviews
SELECT asked::BIGINT, position, r.product_name, r.review_text, r.review_rating, r.review_like_count,
       make_timestamp(r.create_time * 1000)  -- milliseconds here, unlike anywhere else
FROM staged
QUALIFY row_number() OVER (PARTITION BY asked, position ORDER BY sent_at DESC, filename, seq DESC) = 1
ORDER BY 1, 2;

INSERT INTO seen
SELECT asked.source, staged.asked || '/' || position, filename, seq
FROM staged JOIN asked ON (asked.raw, asked.item) = (filename, staged.asked)
ORDER BY ALL;
