-- no run of this variant of the network has a latency
-- The newest run of each platform, or those of --runs. What does not fit has no number.
WITH newest AS (
    SELECT max(id) AS id FROM run WHERE id IN (SELECT other FROM alike WHERE run = :run) AND 0 IN ({runs}) GROUP BY kind, platform, core
    UNION SELECT id FROM run WHERE id IN ({runs})
), many AS (
    SELECT count(DISTINCT network || coalesce(width, '') || shape) > 1 AS variants, count(DISTINCT platform) < count(*) AS twice
    FROM run WHERE id IN (SELECT id FROM newest)
)
SELECT row_number() OVER (ORDER BY unfit IS NOT NULL, inference_seconds) AS x, run,
       platform || CASE kind WHEN 'board' THEN ' (measured)' WHEN 'paper' THEN ' (paper)' ELSE '' END
       || CASE WHEN variants OR twice THEN ', run ' || run ELSE '' END AS name, ' ' AS blank,
       count(inference_energy_uj) OVER () > 0 AS energies, inference_seconds * 1e3 AS ms, inference_seconds * (1e3 - 10 * coalesce(cycles_error_percent, 0)) AS ms_low,
       inference_seconds * (1e3 + 10 * coalesce(cycles_error_percent, 0)) AS ms_high,
       inference_energy_uj * 1e-3 AS mj, coalesce(inference_energy_uj_low, inference_energy_uj) * 1e-3 AS mj_low,
       coalesce(inference_energy_uj_high, inference_energy_uj) * 1e-3 AS mj_high, energy_assumed AS assumed,
       sram / 1024.0 AS sram_kib, sram / 1024.0 AS sram_kib_low, sram / 1024.0 AS sram_kib_high,
       unfit IS NULL AS fits, CASE WHEN unfit IS NULL THEN '' ELSE 'no room: ' || substr(unfit, 1, max(1, instr(unfit, ' needs ') - 1)) END AS why
FROM (SELECT *, coalesce(peak_sram_bytes, (SELECT sum(k.bytes) FROM peak k WHERE k.run = runs.run AND k.scope IS NULL AND k.part = 'onchip')) AS sram FROM runs), many
WHERE run IN (SELECT id FROM newest) AND inference_seconds > 0 ORDER BY x
