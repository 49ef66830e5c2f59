-- Cycles of the whole run by cause, largest first
SELECT CASE WHEN component = 'core' THEN action ELSE component || '.' || action END AS cause,
       sum(cycles) AS cycles, 100.0 * sum(cycles) / sum(sum(cycles)) OVER () AS percent
FROM time WHERE run = :run GROUP BY cause ORDER BY cycles DESC, cause
