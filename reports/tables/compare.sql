-- Runs of the same variant of the network side by side, one inference each
-- @ run Run - 1 0
-- @ clock_hz Clock MHz 1e-6 1
-- @ inference_cycles Cycles - 1 0
-- @ inference_seconds Latency ms 1e3 3
-- @ frames_per_second Rate 1/s 1 2
-- @ inference_energy_uj Energy mJ 1e-3 3
-- @ watts Power W 1 3
-- @ cycles_per_mac Cycles/MAC - 1 3
-- @ peak_sram_bytes Peak_SRAM KiB 9.765625e-4 1
-- @ assumed Assumed_costs - 1 0
SELECT run, kind, platform, variant, core, clock_hz, inference_cycles, inference_seconds, 1.0 / inference_seconds AS frames_per_second,
       inference_energy_uj, watts, 1.0 * inference_cycles / nullif(macs, 0) AS cycles_per_mac, peak_sram_bytes, assumed
FROM runs WHERE run IN (SELECT other FROM alike WHERE run = :run) ORDER BY kind, platform, run
