-- Runs of the same variant of the network side by side, one inference each
-- @ run Run - 1 0
-- @ clock_hz Clock MHz 1e-6 1
-- @ inference_cycles Cycles - 1 0
-- @ inference_seconds Latency ms 1e3 3
-- @ frames_per_second Rate 1/s 1 2
-- @ inference_energy_uj Energy mJ 1e-3 3 band
-- @ watts Power W 1 3
-- @ cycles_per_mac Cycles/MAC - 1 3
-- @ peak_sram_bytes Peak_SRAM KiB 9.765625e-4 1
-- @ assumed Assumed_costs - 1 0
-- @ fit Fits - 1 0 any
-- @ unfit Why - 1 0 any
SELECT run, kind, platform, variant, core, clock_hz, CASE WHEN unfit IS NULL THEN inference_cycles END AS inference_cycles,
       CASE WHEN unfit IS NULL THEN inference_seconds END AS inference_seconds,
       CASE WHEN unfit IS NULL THEN 1.0 / inference_seconds END AS frames_per_second,
       CASE WHEN unfit IS NULL THEN inference_energy_uj END AS inference_energy_uj, inference_energy_uj_low, inference_energy_uj_high, energy_assumed,
       CASE WHEN unfit IS NULL THEN watts END AS watts,
       CASE WHEN unfit IS NULL THEN 1.0 * inference_cycles / nullif(macs, 0) END AS cycles_per_mac, peak_sram_bytes, assumed, fit, unfit
FROM runs WHERE run IN (SELECT other FROM alike WHERE run = :run) ORDER BY kind, platform, run
