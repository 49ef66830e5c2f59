-- Energy by component and action, whole run
-- @ component Component - 1 0
-- @ action Action - 1 0
-- @ count Count - 1 0
-- @ pj Each pJ 1 3
-- @ energy_uj Energy uJ 1 2 sum band
-- @ percent Share % 1 1
-- @ source Source - 1 0
SELECT component, action, sum(count) AS count, pj, sum(energy_uj) AS energy_uj, sum(energy_uj_low) AS energy_uj_low, sum(energy_uj_high) AS energy_uj_high,
       max(energy_assumed) AS energy_assumed,
       100.0 * sum(energy_uj) / (SELECT nullif(sum(energy_uj), 0) FROM energy WHERE run = :run) AS percent, source
FROM energy WHERE run = :run GROUP BY component, action ORDER BY energy_uj DESC, component, action
