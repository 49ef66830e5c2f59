-- no measured run of the same ELF, or the same network and platform, is in the database
SELECT row_number() OVER (ORDER BY seq) AS x, run, against, name, op, measured_seconds * 1e3 AS measured_ms,
       seconds * 1e3 AS predicted_ms, error_percent
FROM residuals
WHERE run = :run AND against = :other
ORDER BY seq
