-- Other networks on two boards
-- @ network Network - 1 0
-- @ board Board - 1 0
-- @ input Input - 1 0
-- @ clock_hz Clock_(MHz) - 1e-6 0
-- @ macs MACs_(M) - 1e-6 1
-- @ cycles Cycles_(M) - 1e-6 1
-- @ seconds Latency_(ms) - 1e3 1
-- @ cycles_per_mac Cycles_per_MAC - 1 2
-- @ energy_uj Energy_(mJ) - 1e-3 2 band
-- @ peak_sram_bytes Peak_SRAM_(KiB) - 0.0009765625 1
-- @ flash_bytes Flash_(KiB) - 0.0009765625 1
-- @ state Outcome - 1 0
-- @ reason Why - 1 0
SELECT json_extract(p.params_json, '$.network') AS network, json_extract(p.params_json, '$.board') AS board, json_extract(x.config_json, '$.input') AS input, p.state, r.clock_hz, r.macs, r.inference_cycles AS cycles, r.inference_seconds AS seconds, 1.0 * r.inference_cycles / r.macs AS cycles_per_mac, r.inference_energy_uj AS energy_uj, r.inference_energy_uj_low AS energy_uj_low, r.inference_energy_uj_high AS energy_uj_high, r.energy_assumed, r.peak_sram_bytes, r.flash_bytes, substr(p.reason, instr(p.reason, ': ') + 2) AS reason
FROM now p
LEFT JOIN runs r ON r.run = p.run
LEFT JOIN run x ON x.id = p.run
WHERE p.sweep = 'reproduce-networks'
ORDER BY 1, 2
