-- Every run of the database; an inference is the sum of its layers
-- @ run Run - 1 0
-- @ clock_hz Clock MHz 1e-6 1
-- @ inference_cycles Inference cycles 1 0
-- @ inference_seconds Inference ms 1e3 3
-- @ cycles_error_percent Error % 1 1 any
-- @ unvalidated_percent No_evidence % 1 0 any
-- @ inference_energy_uj Inference mJ 1e-3 3 band
-- @ watts Power W 1 3
-- @ peak_sram_bytes Peak_SRAM KiB 9.765625e-4 1
-- @ flash_bytes Flash KiB 9.765625e-4 1
-- @ fit Fits - 1 0 any
-- @ unfit Why - 1 0 any
SELECT run, kind, platform, core, clock_hz, network, variant, CASE WHEN unfit IS NULL THEN inference_cycles END AS inference_cycles,
       CASE WHEN unfit IS NULL THEN inference_seconds END AS inference_seconds,
       cycles_error_percent, cycles_error_rows, unvalidated_percent,
       CASE WHEN unfit IS NULL THEN inference_energy_uj END AS inference_energy_uj, inference_energy_uj_low, inference_energy_uj_high, energy_assumed,
       CASE WHEN unfit IS NULL THEN watts END AS watts,
       peak_sram_bytes, flash_bytes, assumed, fit, unfit, started_at
FROM runs ORDER BY run
