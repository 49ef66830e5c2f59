-- no layer of the run has both MACs and counted data traffic
SELECT l.name, l.op AS series, dense_rank() OVER (ORDER BY l.op) AS series_index,
       1.0 * l.macs * l.calls / (l.read_bytes + l.write_bytes) AS macs_per_byte,
       1.0 / l.cycles_per_mac AS macs_per_cycle,
       -- Two 16-bit multiplies an instruction (SMLAD) and one load or store of 32 (M4) or 64 bits (M7) a cycle; an
       -- accelerator says its own. 0: not known.
       coalesce(json_extract(r.config_json, '$.macs_per_cycle'), CASE WHEN r.core <> '' THEN 2.0 END, 0.0) AS peak_macs_per_cycle,
       coalesce(json_extract(r.config_json, '$.bytes_per_cycle'), CASE r.core WHEN 'cortex-m4' THEN 4.0 WHEN 'cortex-m7' THEN 8.0 END, 0.0)
           AS peak_bytes_per_cycle
FROM layers l JOIN run r ON r.id = l.run
WHERE l.run = :run AND l.macs > 0 AND l.cycles_per_mac > 0 AND l.read_bytes + l.write_bytes > 0
ORDER BY series_index, l.seq
