-- Networks on accelerators: time, power and energy
-- @ accelerator Accelerator - 1 0
-- @ network Network - 1 0
-- @ wbits Weight_bits - 1 0
-- @ clock_hz Clock_(MHz) - 1e-6 1
-- @ cycles Cycles_(k) - 1e-3 0
-- @ seconds Latency_(ms) - 1e3 2
-- @ watts Power_(W) - 1 3
-- @ energy_uj Energy_(mJ) - 1e-3 3 band
-- @ assumed Assumed_costs - 1 0
-- @ costs of_costs - 1 0
-- @ state Outcome - 1 0
-- @ reason Why - 1 0
SELECT json_extract(p.params_json, '$.accelerator') AS accelerator, json_extract(p.params_json, '$.network') AS network, json_extract(p.params_json, '$.wbits') AS wbits, p.state, r.clock_hz, CASE WHEN unfit IS NULL THEN r.cycles END AS cycles, CASE WHEN unfit IS NULL THEN r.seconds END AS seconds, CASE WHEN unfit IS NULL THEN r.watts END AS watts, CASE WHEN unfit IS NULL THEN r.energy_uj END AS energy_uj, r.energy_assumed, r.assumed, r.costs, p.reason, r.fit
FROM now p JOIN runs r ON r.run = p.run
WHERE json_extract(p.params_json, '$.accelerator') IS NOT NULL
ORDER BY 1, 2 DESC, 3
