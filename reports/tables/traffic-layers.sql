-- Traffic of every layer by memory
-- @ name Layer - 1 0
-- @ component Memory - 1 0
-- @ reads Reads - 1 0 sum
-- @ read_bytes Read KiB 9.765625e-4 1 sum
-- @ writes Writes - 1 0 sum
-- @ write_bytes Written KiB 9.765625e-4 1 sum
-- @ fetches Fetches - 1 0 sum
SELECT l.name, t.component, coalesce(sum(CASE WHEN direction = 'read' THEN transfers END), 0) AS reads,
       coalesce(sum(CASE WHEN direction = 'read' THEN bytes END), 0) AS read_bytes,
       coalesce(sum(CASE WHEN direction = 'write' THEN transfers END), 0) AS writes,
       coalesce(sum(CASE WHEN direction = 'write' THEN bytes END), 0) AS write_bytes,
       coalesce(sum(CASE WHEN direction = 'fetch' THEN transfers END), 0) AS fetches
FROM scope l
JOIN within w ON w.run = l.run AND w.scope = l.id
JOIN traffic t ON t.run = w.run AND t.scope = w.part
WHERE l.run = :run AND l.parent IS NOT NULL
GROUP BY l.id, t.component ORDER BY l.seq, t.component
