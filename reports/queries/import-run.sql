-- What `etinysim import` says of the run that it added
SELECT run, kind, platform, network, clock_hz, inference_cycles, inference_seconds, inference_energy_uj, elf_sha256, config_json
FROM runs
WHERE run = :run
