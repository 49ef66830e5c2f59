-- no point of a sweep has an agreement: its description names no folder by `evaluate`
-- How often the integer network of a sweep's point says the class that floating point says, over the images of the sweep's
-- `evaluate`, with the interval of 95 % confidence. Measured here; nothing of it is quoted.
SELECT r.run, r.platform || ', ' || r.wbits || ' bits' AS series, dense_rank() OVER (ORDER BY r.platform, r.wbits) AS series_index,
       r.network || CASE WHEN r.variant <> '' THEN ', ' || r.variant ELSE '' END AS name,
       json_extract(r.config_json, '$.evaluation.images') AS images,
       100 * json_extract(r.config_json, '$.evaluation.agreement') AS agreement_percent,
       100 * json_extract(r.config_json, '$.evaluation.agreement_low') AS low_percent,
       100 * json_extract(r.config_json, '$.evaluation.agreement_high') AS high_percent,
       r.peak_sram_bytes / 1024.0 AS sram_kib, r.inference_seconds * 1e3 AS ms, r.inference_energy_uj * 1e-3 AS mj
FROM runs r
WHERE r.kind = 'iss' AND r.inference_seconds > 0 AND r.peak_sram_bytes > 0 AND agreement_percent IS NOT NULL
      AND (0 IN ({runs}) OR r.run IN ({runs})) AND :run IS NOT NULL
ORDER BY series_index, ms
