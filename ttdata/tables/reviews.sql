-- One row per review of a product. TikTok's reviews have no id: the place in the product's list identifies them.
-- key: product_id, position
CREATE TABLE reviews (
    product_id         BIGINT,     -- products.product_id
    position           BIGINT,     -- place in the product's list of reviews, from 1
    product_name       VARCHAR,    -- name of the product
    review_text        VARCHAR,    -- text
    review_rating      VARCHAR,    -- rating in words, ONE to FIVE
    review_like_count  BIGINT,     -- likes
    create_time        TIMESTAMP   -- time of writing, UTC
);

CREATE TABLE stage.staged AS
SELECT filename, answers.seq, age, request.product_id AS item, 1 AS counted,
       (coalesce(request.page_start, 1) - 1) * request.page_size + generate_subscripts(body.data.review_data, 1) AS position,
       unnest(body.data.review_data) AS r
FROM read_json(getvariable('reviews'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', request: 'STRUCT(product_id VARCHAR, page_start BIGINT, page_size BIGINT)',
    body: 'STRUCT("data" STRUCT(review_data STRUCT(
        product_name VARCHAR, review_text VARCHAR, review_like_count BIGINT, review_rating VARCHAR,
        create_time BIGINT)[]))'
}) AS answers
JOIN ages ON (ages.raw, ages.seq) = (filename, answers.seq);

INSERT INTO reviews
SELECT staged.item::BIGINT, position, r.product_name, r.review_text, r.review_rating, r.review_like_count,
       make_timestamp(r.create_time * 1000)  -- milliseconds, unlike everywhere else
FROM staged JOIN chosen_lists ON (chosen_lists.raw, chosen_lists.item) = (filename, staged.item)
QUALIFY row_number() OVER (PARTITION BY staged.item, position ORDER BY age DESC) = 1
ORDER BY 1, 2;

INSERT INTO seen
SELECT item_answers.source, staged.item || '/' || position, filename, staged.seq
FROM staged JOIN item_answers ON (item_answers.raw, item_answers.seq) = (filename, staged.seq)
ORDER BY ALL;
