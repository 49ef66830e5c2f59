-- Milliseconds of every layer, EtinyNet-1.0 at 224 in place; a line with {board} stands for one of each board
-- @ name Layer - 1 0
-- @ macs MACs_(k) - 1e-3 0
-- @ {board} {board}_(ms) - 1e3 3 any
SELECT l.name, max(l.macs) AS macs
, max(CASE WHEN json_extract(p.params_json, '$.board') = '{board}' THEN l.seconds / l.calls END) AS {board}
FROM now p JOIN layers l ON l.run = p.run
WHERE p.sweep = 'reproduce-boards' AND json_extract(p.params_json, '$.input') = 224
AND json_extract(p.params_json, '$.plan') = 'inplace' AND l.op NOT IN ('', 'function')
GROUP BY l.name ORDER BY min(l.seq)
