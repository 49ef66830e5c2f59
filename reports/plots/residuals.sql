-- no measured run of the same ELF, or the same network and platform, is in the database
SELECT row_number() OVER (ORDER BY seq) AS x, run, against, name, op, measured_seconds * 1e3 AS measured_ms,
       seconds * 1e3 AS predicted_ms, error_percent
FROM residuals
WHERE run = (SELECT run FROM residuals WHERE run = :run OR against = :run ORDER BY against DESC, run DESC LIMIT 1)
  AND against = (SELECT against FROM residuals WHERE run = :run OR against = :run ORDER BY against DESC, run DESC LIMIT 1)
ORDER BY seq
