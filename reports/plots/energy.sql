-- no energy is known for the run
WITH part AS (
    SELECT component || '.' || action AS name, sum(energy_uj) * 1e-3 AS mj FROM energy WHERE run = :run GROUP BY component, action
), ranked AS (
    SELECT name, mj, row_number() OVER (ORDER BY mj DESC, name) AS k FROM part WHERE mj > 0
)
SELECT k AS y, name, mj, 100.0 * mj / (SELECT sum(mj) FROM part) AS percent FROM ranked WHERE k <= 11
UNION ALL
SELECT 12, 'all others', sum(mj), 100.0 * sum(mj) / (SELECT sum(mj) FROM part) FROM ranked WHERE k > 11 HAVING count(*) > 0
