-- Cycles of each layer by cause
SELECT l.name, CASE WHEN t.component = 'core' THEN t.action ELSE t.component || '.' || t.action END AS cause, sum(t.cycles) AS cycles
FROM scope l
JOIN within w ON w.run = l.run AND w.scope = l.id
JOIN time t ON t.run = w.run AND t.scope = w.part
WHERE l.run = :run AND l.parent = (SELECT id FROM scope WHERE run = :run AND parent IS NULL) AND l.op <> ''
GROUP BY l.id, cause ORDER BY l.seq, cycles DESC, cause
