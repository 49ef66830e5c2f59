-- Peaks of the run
SELECT part, bytes, scope FROM memory WHERE run = :run ORDER BY bytes DESC, part
