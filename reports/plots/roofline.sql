-- no layer of the run has both MACs and counted data traffic
-- On an accelerator the layers of a block overlap in time, so that only the block as a whole has a rate.
WITH line AS (
    SELECT l.seq, l.calls, l.macs * l.calls AS macs, l.cycles, l.read_bytes + l.write_bytes AS bytes,
           CASE WHEN r.kind = 'npu' AND instr(l.name, '.') THEN rtrim(rtrim(l.name, replace(l.name, '.', '')), '.') ELSE l.name END AS name,
           CASE WHEN r.kind = 'npu' AND instr(l.name, '.') THEN 'block' ELSE l.op END AS op
    FROM layers l JOIN run r ON r.id = l.run
    WHERE l.run = :run AND l.op NOT IN ('', 'function')
), work AS (
    SELECT min(seq) AS seq, name, min(op) AS op, sum(macs) AS macs, sum(cycles) AS cycles, sum(bytes) AS bytes FROM line GROUP BY name
)
SELECT w.name, w.op AS series, dense_rank() OVER (ORDER BY w.op) AS series_index,
       1.0 * w.macs / w.bytes AS macs_per_byte, 1.0 * w.macs / w.cycles AS macs_per_cycle,
       -- Two 16-bit multiplies an instruction (SMLAD) and one load or store of 32 (M4) or 64 bits (M7) a cycle; an
       -- accelerator says its own. 0: not known.
       coalesce(json_extract(r.config_json, '$.macs_per_cycle'), CASE WHEN r.core <> '' THEN 2.0 END, 0.0) AS peak_macs_per_cycle,
       coalesce(json_extract(r.config_json, '$.bytes_per_cycle'), CASE r.core WHEN 'cortex-m4' THEN 4.0 WHEN 'cortex-m7' THEN 8.0 END, 0.0)
           AS peak_bytes_per_cycle
FROM work w JOIN run r ON r.id = :run
WHERE w.macs > 0 AND w.cycles > 0 AND w.bytes > 0
ORDER BY series_index, w.seq
