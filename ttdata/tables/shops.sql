-- One row per shop that was found by a name. TikTok has shops of the European Union only.
-- key: shop_id
CREATE TABLE shops (
    shop_id                 BIGINT,              -- shop
    shop_name               VARCHAR,             -- name
    shop_rating             DOUBLE,              -- mean rating, 1 to 5
    shop_review_count       BIGINT,              -- reviews
    item_sold_count         BIGINT,              -- items sold
    shop_performance_value  BIGINT,              -- TikTok's score of the shop, up to 100
    searched                VARCHAR              -- name that it was searched by; of several the first in alphabetical order
);

CREATE TABLE stage.staged AS
SELECT filename, answers.seq, age, request.shop_name AS item, 1 AS counted, unnest(body.data.shop_data) AS s
FROM read_json(getvariable('shops'), format = 'newline_delimited', compression = 'zstd', filename = true, columns = {
    seq: 'BIGINT', request: 'STRUCT(shop_name VARCHAR)',
    body: 'STRUCT("data" STRUCT(shop_data STRUCT(
        shop_id BIGINT, shop_name VARCHAR, shop_rating DOUBLE, shop_review_count BIGINT, item_sold_count BIGINT,
        shop_performance_value BIGINT)[]))'
}) AS answers
JOIN ages ON (ages.raw, ages.seq) = (filename, answers.seq);

INSERT INTO shops
SELECT s.shop_id, s.shop_name, s.shop_rating, s.shop_review_count, s.item_sold_count,
       s.shop_performance_value, min(item) OVER (PARTITION BY s.shop_id)
FROM staged
QUALIFY row_number() OVER (PARTITION BY s.shop_id ORDER BY age DESC) = 1
ORDER BY 1;

INSERT INTO seen
SELECT item_answers.source, s.shop_id::VARCHAR, filename, staged.seq
FROM staged JOIN item_answers ON (item_answers.raw, item_answers.seq) = (filename, staged.seq)
ORDER BY ALL;
