-- Transfers and bytes of a run by memory region, direction and width
SELECT component AS region, direction, width_bits, sum(transfers) AS transfers, sum(bytes) AS bytes
FROM traffic
WHERE run = :run
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
