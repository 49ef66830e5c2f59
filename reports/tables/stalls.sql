-- Where the cycles of each layer went
-- @ name Layer - 1 0
-- @ cause Cause - 1 0
-- @ cycles Cycles - 1 0 sum
-- @ percent Share_of_layer % 1 1
SELECT l.name, CASE WHEN t.component = 'core' THEN t.action ELSE t.component || '.' || t.action END AS cause,
       CAST(round(sum(t.cycles)) AS INTEGER) AS cycles,
       100.0 * sum(t.cycles) / sum(sum(t.cycles)) OVER (PARTITION BY l.id) AS percent
FROM scope l
JOIN within w ON w.run = l.run AND w.scope = l.id
JOIN time t ON t.run = w.run AND t.scope = w.part
WHERE l.run = :run AND l.parent IS NOT NULL
GROUP BY l.id, cause ORDER BY l.seq, cycles DESC, cause
