-- Memory by part, and the scope in which each peak arose (none: the whole run)
-- @ part Part - 1 0
-- @ bytes Size bytes 1 0
-- @ kib Size KiB 1 1
-- @ name Scope - 1 0
SELECT part, bytes, bytes / 1024.0 AS kib, name FROM memory WHERE run = :run ORDER BY scope IS NOT NULL, scope, part
