-- no run has a latency and a peak of SRAM
-- Every simulated or costed run that fits, or those of --runs.
WITH one AS (
    SELECT run, platform AS series, network || CASE WHEN variant <> '' THEN ', ' || variant ELSE '' END AS name, inference_seconds * 1e3 AS ms, inference_energy_uj * 1e-3 AS mj,
           coalesce(peak_sram_bytes, (SELECT sum(k.bytes) FROM peak k WHERE k.run = runs.run AND k.scope IS NULL AND k.part = 'onchip')) / 1024.0 AS sram_kib
    FROM runs WHERE kind IN ('iss', 'npu') AND unfit IS NULL AND inference_seconds > 0 AND (0 IN ({runs}) OR run IN ({runs})) AND :run IS NOT NULL
)
SELECT run, series, dense_rank() OVER (ORDER BY series) AS series_index, name, ms, mj, sram_kib,
       NOT EXISTS (SELECT 1 FROM one b WHERE b.ms <= a.ms AND b.sram_kib <= a.sram_kib AND (b.ms < a.ms OR b.sram_kib < a.sram_kib)) AS front_sram_kib,
       NOT EXISTS (SELECT 1 FROM one b WHERE b.ms <= a.ms AND b.sram_kib <= a.sram_kib AND (b.ms < a.ms OR b.sram_kib < a.sram_kib)) AS front_ms,
       NOT EXISTS (SELECT 1 FROM one b WHERE b.ms <= a.ms AND b.mj <= a.mj AND (b.ms < a.ms OR b.mj < a.mj)) AS front_mj
FROM one a WHERE sram_kib > 0 ORDER BY ms, run
