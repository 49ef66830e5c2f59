-- no run of a network whose accuracy is published (etinysim import paper) has a peak SRAM and a latency
-- Accuracies are quoted from the publications, for the platform where there is such a row, else for the network with
-- 8-bit or wider weights; SRAM, latency and energy are of the runs in this database.
WITH reported AS (
    SELECT network, platform, max(json_extract(config_json, '$.top1_percent')) AS top1
    FROM run WHERE kind = 'paper' AND json_extract(config_json, '$.top1_percent') IS NOT NULL GROUP BY network, platform
), newest AS (
    SELECT max(id) AS id FROM run WHERE kind IN ('iss', 'npu', 'board') GROUP BY kind, platform, network
)
SELECT r.run, r.network || ', ' || r.platform AS name, r.platform AS series, dense_rank() OVER (ORDER BY r.platform) AS series_index,
       coalesce(p.top1, b.top1) AS reported_top1_percent,
       coalesce(r.peak_sram_bytes, (SELECT sum(k.bytes) FROM peak k WHERE k.run = r.run AND k.scope IS NULL
           AND k.part = 'onchip')) / 1024.0 AS sram_kib,
       r.inference_seconds * 1e3 AS ms, r.inference_energy_uj * 1e-3 AS mj
FROM runs r
LEFT JOIN reported p ON p.network = r.network AND p.platform = r.platform
LEFT JOIN reported b ON b.network = r.network AND b.platform = 'paper' AND coalesce(json_extract(r.config_json, '$.wbits'), 8) >= 8
WHERE r.run IN (SELECT id FROM newest) AND r.inference_seconds > 0 AND sram_kib > 0 AND reported_top1_percent IS NOT NULL
ORDER BY series_index, ms
