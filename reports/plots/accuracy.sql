-- no run of a network whose accuracy is published (etinysim import paper) has a peak SRAM and a latency
-- Accuracies are quoted from the publications; SRAM, latency and energy are of the runs in this database.
WITH best AS (
    SELECT network, max(json_extract(config_json, '$.top1_percent')) AS top1 FROM run WHERE kind = 'paper' GROUP BY network
), newest AS (
    SELECT max(id) AS id FROM run WHERE kind IN ('iss', 'npu', 'board') GROUP BY kind, platform, network
)
SELECT r.run, r.network || ', ' || r.platform AS name, r.platform AS series, dense_rank() OVER (ORDER BY r.platform) AS series_index,
       b.top1 AS reported_top1_percent, coalesce(r.peak_sram_bytes, (SELECT sum(p.bytes) FROM peak p WHERE p.run = r.run AND p.scope IS NULL
           AND p.part = 'onchip')) / 1024.0 AS sram_kib,
       r.inference_seconds * 1e3 AS ms, r.inference_energy_uj * 1e-3 AS mj
FROM runs r JOIN best b ON b.network = r.network AND b.top1 IS NOT NULL
WHERE r.run IN (SELECT id FROM newest) AND r.inference_seconds > 0 AND sram_kib > 0
ORDER BY series_index, ms
