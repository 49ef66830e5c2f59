-- ImageNet on microcontrollers (Table 4): the accuracy is quoted, the rest is of the newest simulated run of that variant
-- @ reported_top1_percent Reported_top-1 % 1 1
-- @ run Our_run - 1 0
-- @ against Paper_run - 1 0
-- @ inference_seconds Latency ms 1e3 1
-- @ inference_energy_uj Energy mJ 1e-3 1 band
-- @ peak_sram_bytes Peak_SRAM KiB 9.765625e-4 1
-- @ flash_bytes Flash KiB 9.765625e-4 1
SELECT p.network, p.platform, json_extract(p.config_json, '$.top1_percent') AS reported_top1_percent, r.run,
       r.variant, r.inference_seconds, r.inference_energy_uj, r.inference_energy_uj_low, r.inference_energy_uj_high, r.energy_assumed, r.peak_sram_bytes, r.flash_bytes, p.id AS against
FROM run p
LEFT JOIN runs r ON r.run = (SELECT max(n.id) FROM run n WHERE n.kind = 'iss' AND n.platform = p.platform AND EXISTS (SELECT 1 FROM alike k WHERE k.run = p.id AND k.other = n.id))
WHERE p.kind = 'paper' AND json_extract(p.config_json, '$.where') = 'Table 4'
ORDER BY p.platform
