-- The five layers (or functions, where there are no layers) that take the most time
SELECT l.name, 100.0 * l.seconds / nullif((SELECT sum(x.seconds) FROM layers x WHERE x.run = :run AND x.parent = 0 AND x.op <> ''), 0) AS percent
FROM layers l WHERE l.run = :run AND l.op <> '' AND l.seconds > 0 ORDER BY l.seconds DESC, l.seq LIMIT 5
