-- Points of the sweeps: what was varied, and what it gave, one inference each
-- @ network Network - 1 0
-- @ width Width - 1 2
-- @ input Input px 1 0 any
-- @ wbits Weights bits 1 0
-- @ platform Platform - 1 0
-- @ other Else - 1 0 any
-- @ seconds Latency ms 1e3 3
-- @ energy_uj Energy mJ 1e-3 3 band
-- @ agreement Same_class % 100 1 any
-- @ sqnr_db SQNR dB 1 1 any
-- @ sram_bytes SRAM bytes 1 0
-- @ flash_bytes Flash bytes 1 0
-- @ fit Fits - 1 0
-- @ reason Why - 1 0 any
SELECT json_extract(p.params_json, '$.network') AS network, coalesce(json_extract(p.params_json, '$.width'), r.width) AS width,
       coalesce(json_extract(p.params_json, '$.input'), CAST(r.shape AS INTEGER)) AS input,
       coalesce(json_extract(p.params_json, '$.wbits'), r.wbits, 8) AS wbits,
       coalesce(json_extract(p.params_json, '$.board'), json_extract(p.params_json, '$.accelerator')) AS platform,
       (SELECT group_concat(key || ' ' || value, ', ') FROM (SELECT key, value FROM json_each(p.params_json)
        WHERE key NOT IN ('network', 'width', 'input', 'wbits', 'board', 'accelerator') ORDER BY key)) AS other,
       CASE p.state WHEN 'done' THEN r.inference_seconds END AS seconds,
       CASE p.state WHEN 'done' THEN r.inference_energy_uj END AS energy_uj,
       CASE p.state WHEN 'done' THEN r.inference_energy_uj_low END AS energy_uj_low,
       CASE p.state WHEN 'done' THEN r.inference_energy_uj_high END AS energy_uj_high, coalesce(r.energy_assumed, 0) AS energy_assumed,
       json_extract(r.config_json, '$.evaluation.agreement') AS agreement, json_extract(r.config_json, '$.evaluation.sqnr_db_median') AS sqnr_db,
       CASE p.state WHEN 'done' THEN coalesce(r.peak_sram_bytes, (SELECT bytes FROM peak k WHERE k.run = r.run AND k.part = 'onchip')) END AS sram_bytes,
       CASE p.state WHEN 'done' THEN r.flash_bytes END AS flash_bytes,
       CASE p.state WHEN 'done' THEN 'yes' WHEN 'unfit' THEN 'no' ELSE p.state END AS fit, nullif(p.reason, '') AS reason, p.sweep, p.run
FROM point p LEFT JOIN runs r ON r.run = p.run
ORDER BY p.sweep, 1, 2, 3, 4, 5, 6
