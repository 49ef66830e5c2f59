-- Detection on STM32H743 (Table 5): published beside the newest simulated run; mAP is quoted
-- @ quantity Quantity - 1 0
-- @ unit Unit - 1 0
-- @ published Published - 1 2
-- @ ours Ours - 1 2
-- @ difference_percent Difference % 1 1
-- @ run Our_run - 1 0
-- @ against Paper_run - 1 0
WITH p AS (
    SELECT r.id, r.network, r.platform, r.config_json, s.macs, s.params,
           (SELECT bytes FROM peak k WHERE k.run = r.id AND k.scope IS NULL) AS sram
    FROM run r JOIN scope s ON s.run = r.id AND s.parent IS NULL
    WHERE r.kind = 'paper' AND json_extract(r.config_json, '$.where') = 'Table 5'
), o AS (
    SELECT p.id AS paper, n.run, n.macs, n.peak_sram_bytes, (SELECT sum(params) FROM scope s WHERE s.run = n.run) AS params
    FROM p JOIN runs n ON n.run = (SELECT max(x.id) FROM run x WHERE x.kind = 'iss' AND x.platform = p.platform
                             AND EXISTS (SELECT 1 FROM alike k WHERE k.run = p.id AND k.other = x.id))
), line AS (
    SELECT 1 AS seq, p.network, p.platform, 'MAdds' AS quantity, 'M' AS unit, p.macs * 1e-6 AS published, o.macs * 1e-6 AS ours, o.run, p.id AS against
    FROM p LEFT JOIN o ON o.paper = p.id
    UNION ALL SELECT 2, p.network, p.platform, 'Parameters', 'M', p.params * 1e-6, o.params * 1e-6, o.run, p.id FROM p LEFT JOIN o ON o.paper = p.id
    UNION ALL SELECT 3, p.network, p.platform, 'Peak SRAM', 'KiB', p.sram / 1024.0, o.peak_sram_bytes / 1024.0, o.run, p.id FROM p LEFT JOIN o ON o.paper = p.id
    UNION ALL SELECT 4, p.network, p.platform, 'mAP (reported)', '%', json_extract(p.config_json, '$.map_percent'), NULL, NULL, p.id FROM p
)
SELECT network, platform, quantity, unit, published, ours, 100.0 * (ours / published - 1) AS difference_percent, run, against
FROM line WHERE published > 0 ORDER BY network, seq
