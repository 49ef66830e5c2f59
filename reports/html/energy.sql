-- Energy of the whole run by component and action
SELECT component, action, sum(energy_uj) AS energy_uj, sum(energy_uj_low) AS energy_uj_low, sum(energy_uj_high) AS energy_uj_high, max(energy_assumed) AS energy_assumed
FROM energy WHERE run = :run GROUP BY component, action ORDER BY energy_uj DESC, component, action
