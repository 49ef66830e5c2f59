-- Multiplications executed beside the network's MACs, those of rows that strips compute again, and what the kernels' shapes let expect; the rest is address arithmetic
-- @ name Layer - 1 0
-- @ op Operation - 1 0
-- @ macs MACs - 1 0 sum
-- @ again Again - 1 0 sum
-- @ expected Expected - 1 0 sum
-- @ executed Executed - 1 0 sum
-- @ rest Rest - 1 0 sum
-- @ why Why - 1 0
SELECT s.name, s.op, s.macs, coalesce(json_extract(w.value, '$.macs_again'), 0) AS again,
       json_extract(w.value, '$.multiplies') AS expected, coalesce(t.count, 0) AS executed,
       coalesce(t.count, 0) - json_extract(w.value, '$.multiplies') AS rest, json_extract(w.value, '$.why') AS why
FROM run r, json_each(r.config_json, '$.work') w
JOIN scope s ON s.run = r.id AND s.name = json_extract(w.value, '$.name')
LEFT JOIN tally t ON t.run = r.id AND t.scope = s.id AND t.component = 'core' AND t.action = 'macs'
WHERE r.id = :run ORDER BY s.seq, s.id
