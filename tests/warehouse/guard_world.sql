-- A small NPS data set for the guard's tests; personal columns hold SECRET texts that no answer may show.
CREATE MACRO pick(list, seed) AS list[1 + (hash(seed) % len(list))::INT];
CREATE TABLE customers AS
SELECT i AS customer_id, TIMESTAMP '2023-01-15' + to_days(i::INT * 9) AS joined_at,
       CASE WHEN i % 7 = 0 THEN TIMESTAMP '2025-08-01' END AS churned_at, 'SECRET mail ' || i AS email,
       pick(['Starter', 'Growth', 'Enterprise'], i) AS plan, pick(['DE', 'FR', 'US'], -i) AS country,
       'SECRET name ' || i AS full_name, (20 + i % 50)::INT AS age
FROM range(1, 61) t(i);
CREATE TABLE responses AS
SELECT i AS response_id, CASE WHEN i % 19 > 0 THEN 1 + i * 7 % 60 END AS customer_id,
       TIMESTAMP '2025-01-03 10:00:00' + to_days((i * 3 % 330)::INT) AS responded_at,
       CASE WHEN i % 23 > 0 THEN pick(range(0, 11), i * 3)::INT END AS score, 'passive' AS nps_class,
       [NULL, 'Great value', 'The price is 30 percent too high', 'slow and late'][1 + i % 4] AS comment,
       pick(['Starter', 'Growth', 'Enterprise'], i * 5) AS plan, pick(['DE', 'FR', 'US'], i * 11) AS country
FROM range(1, 181) t(i);
CREATE TABLE orders AS
SELECT i AS order_id, 1 + i * 11 % 50 AS customer_id, TIMESTAMP '2024-06-01' + to_days(i::INT * 5) AS ordered_at,
       pick(range(10, 100), i)::DOUBLE AS amount
FROM range(1, 91) t(i);
CREATE TABLE events AS
SELECT 1 + i % 60 AS customer_id, TIMESTAMP '2025-01-01' + to_days(i::INT) AS occurred_at,
       ['login', 'export'][1 + i % 2] AS event, (i % 4)::DOUBLE AS value
FROM range(1, 81) t(i);
CREATE TABLE segments AS
SELECT i AS customer_id, 'value' AS segmentation, ['high', 'low'][1 + i % 2] AS segment,
       TIMESTAMP '2024-01-01' AS valid_from
FROM range(1, 61) t(i);
CREATE TABLE cohorts AS
SELECT i AS response_id, pick(range(0, 11), i)::INT AS score, 'Growth' AS plan, DATE '2024-01-01' AS joined_cohort,
       (i % 30)::INT AS tenure_months, 'SECRET mail ' || i AS email
FROM range(1, 91) t(i);
DROP MACRO pick;
