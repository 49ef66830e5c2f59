-- Networks on accelerators: time, power and energy
-- @ accelerator Accelerator - 1 0
-- @ network Network - 1 0
-- @ wbits Weight_bits - 1 0
-- @ clock_hz Clock_(MHz) - 1e-6 1
-- @ cycles Cycles_(k) - 1e-3 0
-- @ seconds Latency_(ms) - 1e3 2
-- @ watts Power_(W) - 1 3
-- @ energy_uj Energy_(mJ) - 1e-3 3
-- @ assumed Assumed_costs - 1 0
-- @ costs of_costs - 1 0
-- @ state Outcome - 1 0
-- @ reason Why - 1 0
SELECT json_extract(p.params_json, '$.accelerator') AS accelerator, json_extract(p.params_json, '$.network') AS network, json_extract(p.params_json, '$.wbits') AS wbits, p.state, r.clock_hz, r.cycles, r.seconds, r.watts, r.energy_uj, r.assumed, r.costs, p.reason
FROM now p JOIN runs r ON r.run = p.run
WHERE json_extract(p.params_json, '$.accelerator') IS NOT NULL
ORDER BY 1, 2 DESC, 3
