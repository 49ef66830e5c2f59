-- no simulated, costed or measured run here is of exactly the variant (width, input, bits) whose accuracy is published
-- Accuracies are quoted from the publications, and only for the variant that the publication names: width multiplier, input
-- and bits of weights and maps all agree. A row for the platform goes before one for the network alone.
WITH reported AS (
    SELECT network, platform, width, shape, wbits, abits, max(json_extract(config_json, '$.top1_percent')) AS top1
    FROM run WHERE kind = 'paper' AND json_extract(config_json, '$.top1_percent') IS NOT NULL
    GROUP BY network, platform, width, shape, wbits, abits
), newest AS (
    SELECT max(id) AS id FROM run WHERE kind IN ('iss', 'npu', 'board')
    GROUP BY kind, platform, network, width, shape, wbits, abits
), quoted AS (
    SELECT n.id, (SELECT p.top1 FROM reported p JOIN run r ON r.id = n.id
                  WHERE p.network = r.network AND p.width = r.width AND p.shape = r.shape AND p.wbits = r.wbits AND p.abits = r.abits
                  ORDER BY p.platform = r.platform DESC, p.platform LIMIT 1) AS top1
    FROM newest n
)
SELECT r.run, r.network || ', ' || r.platform AS name, r.platform AS series, dense_rank() OVER (ORDER BY r.platform) AS series_index,
       q.top1 AS reported_top1_percent,
       coalesce(r.peak_sram_bytes, (SELECT sum(k.bytes) FROM peak k WHERE k.run = r.run AND k.scope IS NULL
           AND k.part = 'onchip')) / 1024.0 AS sram_kib,
       r.inference_seconds * 1e3 AS ms, r.inference_energy_uj * 1e-3 AS mj
FROM runs r JOIN quoted q ON q.id = r.run
WHERE q.top1 IS NOT NULL AND r.inference_seconds > 0 AND sram_kib > 0
ORDER BY series_index, ms
