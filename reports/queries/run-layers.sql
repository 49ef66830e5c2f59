-- The layers of a run: time, accesses, energy; bytes of weights and activations moved; peaks
WITH moved AS (
    SELECT w.scope, t.action, t.count
    FROM within w JOIN tally t ON t.run = w.run AND t.scope = w.part
    WHERE w.run = :run AND t.component = 'bytes'
)
SELECT name, op, macs, cycles, seconds, instructions, cycles_per_mac, calls, reads, writes, read_bytes, write_bytes, energy_uj,
    (SELECT coalesce(sum(count), 0) FROM moved m WHERE m.scope = l.scope AND action = 'rodata.read') AS weight_bytes,
    (SELECT coalesce(sum(count), 0) FROM moved m WHERE m.scope = l.scope AND action GLOB 'arena.*') AS activation_bytes,
    (SELECT max(bytes) FROM peak p WHERE p.run = l.run AND p.scope = l.scope AND p.part = 'stack') AS stack_bytes,
    (SELECT max(bytes) FROM peak p WHERE p.run = l.run AND p.scope = l.scope AND p.part = 'code_touched') AS code_bytes
FROM layers l
WHERE run = :run AND op <> ''
ORDER BY seq, scope
