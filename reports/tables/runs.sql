-- Every run of the database; an inference is the sum of its layers
-- @ run Run - 1 0
-- @ clock_hz Clock MHz 1e-6 1
-- @ inference_cycles Inference cycles 1 0
-- @ inference_seconds Inference ms 1e3 3
-- @ inference_energy_uj Inference mJ 1e-3 3
-- @ watts Power W 1 3
-- @ peak_sram_bytes Peak_SRAM KiB 9.765625e-4 1
-- @ flash_bytes Flash KiB 9.765625e-4 1
SELECT run, kind, platform, core, clock_hz, network, variant, inference_cycles, inference_seconds, inference_energy_uj, watts,
       peak_sram_bytes, flash_bytes, assumed, started_at
FROM runs ORDER BY run
