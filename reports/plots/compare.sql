-- no run of this variant of the network has a latency
WITH newest AS (
    SELECT max(id) AS id FROM run WHERE id IN (SELECT other FROM alike WHERE run = :run) GROUP BY kind, platform, core
)
SELECT row_number() OVER (ORDER BY inference_seconds) AS x, run, platform || CASE kind WHEN 'board' THEN ' (measured)' WHEN 'paper' THEN ' (paper)' ELSE '' END AS name,
       inference_seconds * 1e3 AS ms, inference_energy_uj * 1e-3 AS mj,
       min(min(inference_seconds) OVER () * 1e3, coalesce(min(inference_energy_uj) OVER () * 1e-3, 1e300)) AS low,
       max(max(inference_seconds) OVER () * 1e3, coalesce(max(inference_energy_uj) OVER () * 1e-3, 0)) AS high,
       count(inference_energy_uj) OVER () > 0 AS energies
FROM runs WHERE run IN (SELECT id FROM newest) AND inference_seconds > 0 ORDER BY x
