-- Bytes each layer moves by use of the memory, its deepest stack, and the code it executes (each byte once)
-- @ name Layer - 1 0
-- @ constants_read Weights_and_tables KiB 9.765625e-4 1 sum
-- @ activations_read Activations_read KiB 9.765625e-4 1 sum
-- @ activations_written Activations_written KiB 9.765625e-4 1 sum
-- @ stack_moved Stack_moved KiB 9.765625e-4 1 sum
-- @ stack_bytes Deepest_stack bytes 1 0
-- @ code_bytes Code_touched bytes 1 0
SELECT l.name, sum(CASE t.action WHEN 'rodata.read' THEN t.count ELSE 0 END) AS constants_read,
       sum(CASE t.action WHEN 'arena.read' THEN t.count ELSE 0 END) AS activations_read,
       sum(CASE t.action WHEN 'arena.written' THEN t.count ELSE 0 END) AS activations_written,
       sum(CASE WHEN t.action GLOB 'stack.*' THEN t.count ELSE 0 END) AS stack_moved,
       (SELECT max(p.bytes) FROM peak p WHERE p.run = l.run AND p.scope = l.id AND p.part = 'stack') AS stack_bytes,
       (SELECT p.bytes FROM peak p WHERE p.run = l.run AND p.scope = l.id AND p.part = 'code_touched') AS code_bytes
FROM scope l
JOIN within w ON w.run = l.run AND w.scope = l.id
JOIN tally t ON t.run = w.run AND t.scope = w.part AND t.component = 'bytes'
WHERE l.run = :run AND l.parent IS NOT NULL
GROUP BY l.id ORDER BY l.seq
