-- Peak SRAM by plan of the memory
-- @ board Board - 1 0
-- @ input Input - 1 0
-- @ pingpong pingpong_(KiB) - 0.0009765625 1
-- @ inplace inplace_(KiB) - 0.0009765625 1
SELECT json_extract(p.params_json, '$.board') AS board, json_extract(p.params_json, '$.input') AS input, max(CASE WHEN json_extract(p.params_json, '$.plan') = 'pingpong' THEN r.peak_sram_bytes END) AS pingpong, max(CASE WHEN json_extract(p.params_json, '$.plan') = 'inplace' THEN r.peak_sram_bytes END) AS inplace
FROM now p
LEFT JOIN runs r ON r.run = p.run
WHERE p.sweep = 'reproduce-boards'
GROUP BY 1, 2
ORDER BY 2, 1
