-- FPGA designs: every modelled accelerator beside what was published for it (etinysim import paper), row by row
-- @ platform Accelerator - 1 0
-- @ network Network - 1 0
-- @ quantity Quantity - 1 0
-- @ unit Unit - 1 0
-- @ model Model - 1 4
-- @ published Published - 1 4
-- @ error_percent Error % 1 1
-- @ kind Rests_on - 1 0
-- @ run Our_run - 1 0
-- @ against Paper_run - 1 0
-- @ fit Fits - 1 0 any
WITH model AS (
    SELECT r.*, json_extract(r.config_json, '$.fitted_here') AS fitted_here,
           (SELECT bytes FROM peak p WHERE p.run = r.run AND p.part = 'onchip') AS onchip
    FROM runs r WHERE r.kind = 'npu'
), point AS (
    SELECT r.run, r.platform, r.network, r.inference_seconds AS seconds, r.watts,
           (SELECT max(bytes) FROM peak p WHERE p.run = r.run) AS onchip
    FROM runs r WHERE r.kind = 'paper'
), pair AS (
    SELECT p.platform, p.network, CASE WHEN m.unfit IS NULL THEN m.inference_seconds END AS ms, CASE WHEN m.unfit IS NULL THEN m.watts END AS mw, m.onchip AS mb, m.unfit, m.fitted_here,
           p.seconds AS ps, p.watts AS pw, p.onchip AS pb, m.run, p.run AS against
    FROM point p LEFT JOIN model m
        ON m.run = (SELECT max(k.other) FROM alike k JOIN run n ON n.id = k.other
                    WHERE k.run = p.run AND n.kind = 'npu' AND n.platform = p.platform)
    WHERE p.seconds > 0
), line AS (
    SELECT 1 AS seq, run, against, platform, network, 'On-chip RAM' AS quantity, 'KiB' AS unit, mb / 1024.0 AS model, pb / 1024.0 AS published,
           CASE WHEN fitted_here THEN 'closed form' ELSE 'as described' END AS kind FROM pair
    UNION ALL SELECT 2, run, against, platform, network, 'Processing time', 'ms', ms * 1e3, ps * 1e3,
           CASE WHEN fitted_here THEN 'array and clock chosen for it' ELSE 'predicted' END FROM pair
    UNION ALL SELECT 3, run, against, platform, network, 'Frame rate', '1/s', 1 / ms, 1 / ps, 'processing time' FROM pair
    UNION ALL SELECT 4, run, against, platform, network, 'Power', 'W', mw, pw, CASE WHEN fitted_here THEN 'fitted: energy per LUT and cycle'
           ELSE 'predicted' END FROM pair
    UNION ALL SELECT 5, run, against, platform, network, 'Energy a frame', 'mJ', mw * ms * 1e3, pw * ps * 1e3, 'power x time' FROM pair
    UNION ALL SELECT 6, run, against, platform, network, 'Efficiency', 'frames/s/mJ = 1/(P t^2)/1000', 1 / (ms * mw * ms * 1e3), 1 / (ps * pw * ps * 1e3),
           'an inverse energy-delay product' FROM pair
)
SELECT platform, network, quantity, unit, model, published, 100 * (model / published - 1) AS error_percent,
       CASE WHEN run IS NULL THEN 'no run of etinysim npu yet' WHEN model IS NULL THEN (SELECT 'does not fit: ' || unfit FROM runs u WHERE u.run = line.run) ELSE kind END AS kind, run, against,
       CASE WHEN run IS NOT NULL AND model IS NULL THEN 'no' END AS fit
FROM line ORDER BY platform = 'xc7a100t-etinynet' DESC, platform, seq
