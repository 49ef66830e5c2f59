-- Repetitions of every measured quantity: spread is (largest - smallest) / median
-- @ name Layer - 1 0
-- @ quantity Quantity - 1 0
-- @ repetitions Repetitions - 1 0
-- @ smallest Smallest - 1 0
-- @ median Median - 1 0
-- @ largest Largest - 1 0
-- @ spread_percent Spread % 1 3
WITH ranked AS (
    SELECT scope, quantity, value, row_number() OVER w AS k, count(*) OVER (PARTITION BY scope, quantity) AS n
    FROM sample WHERE run = :run WINDOW w AS (PARTITION BY scope, quantity ORDER BY value)
), h AS (
    SELECT scope, quantity, max(n) AS repetitions, min(value) AS smallest, avg(CASE WHEN k IN ((n + 1) / 2, (n + 2) / 2) THEN value END) AS median,
           max(value) AS largest
    FROM ranked GROUP BY scope, quantity
)
SELECT s.name, h.quantity, h.repetitions, h.smallest, h.median, h.largest, 100.0 * (h.largest - h.smallest) / nullif(h.median, 0) AS spread_percent
FROM h JOIN scope s ON s.run = :run AND s.id = h.scope ORDER BY s.seq, h.quantity
