-- The widest spread of repeated energy measurements of one scope, in percent of their mean
SELECT 100 * (max(value) - min(value)) / avg(value) AS percent
FROM sample
WHERE run = :run AND quantity = 'energy_uj'
GROUP BY scope
HAVING count(*) > 1
ORDER BY percent DESC
LIMIT 1
