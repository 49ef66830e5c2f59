-- Peak bytes of the whole run, part by part
SELECT part, bytes FROM memory WHERE run = :run AND scope IS NULL ORDER BY part
