-- Traffic of every memory by direction and width, whole run
-- @ component Memory - 1 0
-- @ direction Direction - 1 0
-- @ width_bits Width bits 1 0
-- @ transfers Transfers - 1 0 sum
-- @ bytes Moved KiB 9.765625e-4 1 sum
SELECT component, direction, width_bits, sum(transfers) AS transfers, sum(bytes) AS bytes
FROM traffic WHERE run = :run GROUP BY component, direction, width_bits ORDER BY component, direction, width_bits
