-- Every cost with its source
SELECT component, action, cycles, pj, pj_low, pj_high, source FROM cost WHERE run = :run ORDER BY component, action
