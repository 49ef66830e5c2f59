-- no energy is known for the run
WITH part AS (
    SELECT component || '.' || action AS name, sum(energy_uj) * 1e-3 AS mj,
           sum(coalesce(energy_uj_low, energy_uj)) * 1e-3 AS mj_low, sum(coalesce(energy_uj_high, energy_uj)) * 1e-3 AS mj_high, max(energy_assumed) AS assumed FROM energy WHERE run = :run GROUP BY component, action
), ranked AS (
    SELECT name, mj, mj_low, mj_high, assumed, row_number() OVER (ORDER BY mj DESC, name) AS k FROM part WHERE mj > 0
)
SELECT k AS y, name, mj, mj_low, mj_high, assumed, 100.0 * mj / (SELECT sum(mj) FROM part) AS percent FROM ranked WHERE k <= 11
UNION ALL
SELECT 12, 'all others', sum(mj), sum(mj_low), sum(mj_high), max(assumed), 100.0 * sum(mj) / (SELECT sum(mj) FROM part) FROM ranked WHERE k > 11 HAVING count(*) > 0
