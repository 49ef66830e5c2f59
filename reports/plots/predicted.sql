-- no measured run of the same ELF, or the same network and platform, is in the database
SELECT run, against, name, op AS series, dense_rank() OVER (ORDER BY op) AS series_index, measured_seconds * 1e3 AS measured_ms,
       seconds * 1e3 AS predicted_ms, error_percent
FROM residuals
WHERE run = :run AND against = :other
ORDER BY series_index, seq
