-- Every cost the run rests on, with its source
-- @ component Component - 1 0
-- @ action Action - 1 0
-- @ cycles Cycles - 1 4
-- @ pj Energy pJ 1 4
-- @ source Source - 1 0
SELECT component, action, cycles, pj, source FROM cost WHERE run = :run ORDER BY component, action
