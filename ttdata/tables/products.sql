-- One row per product of a shop.
-- key: product_id
CREATE TABLE products (
    product_id              BIGINT,              -- product
    shop_id                 BIGINT,              -- shops.shop_id
    product_name            VARCHAR,             -- name
    product_description     VARCHAR,             -- description
    product_price           VARCHAR[],           -- prices with their currency, such as 20.79GBP
    product_sold_count      BIGINT,              -- items sold
    product_review_count    BIGINT,              -- reviews
    product_rating_1_count  BIGINT,              -- ratings of 1 of 5
    product_rating_2_count  BIGINT,              -- ratings of 2 of 5
    product_rating_3_count  BIGINT,              -- ratings of 3 of 5
    product_rating_4_count  BIGINT,              -- ratings of 4 of 5
    product_rating_5_count  BIGINT               -- ratings of 5 of 5
);

CREATE TABLE stage.staged AS
SELECT filename, answers.seq, age, request.shop_id AS item, 1 AS counted, unnest(body.data.product_data) AS p
FROM read_json(getvariable('products'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', request: 'STRUCT(shop_id VARCHAR)',
    body: 'STRUCT("data" STRUCT(product_data STRUCT(
        product_id BIGINT, product_name VARCHAR, product_description VARCHAR, product_price VARCHAR[],
        product_sold_count BIGINT, product_review_count BIGINT, product_rating_1_count BIGINT,
        product_rating_2_count BIGINT, product_rating_3_count BIGINT, product_rating_4_count BIGINT,
        product_rating_5_count BIGINT)[]))'
}) AS answers
JOIN ages ON (ages.raw, ages.seq) = (filename, answers.seq);

INSERT INTO products
SELECT p.product_id, item::BIGINT, p.product_name, p.product_description, p.product_price, p.product_sold_count,
       p.product_review_count, p.product_rating_1_count, p.product_rating_2_count, p.product_rating_3_count,
       p.product_rating_4_count, p.product_rating_5_count
FROM staged
QUALIFY row_number() OVER (PARTITION BY p.product_id ORDER BY age DESC) = 1
ORDER BY 1;

INSERT INTO seen
SELECT item_answers.source, p.product_id::VARCHAR, filename, staged.seq
FROM staged JOIN item_answers ON (item_answers.raw, item_answers.seq) = (filename, staged.seq)
ORDER BY ALL;
