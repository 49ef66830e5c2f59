-- no layer of the run takes any time
WITH cause AS (
    SELECT l.id, l.seq, l.name,
           CASE WHEN t.component = 'core' THEN t.action WHEN t.component IN ('measured', 'time') THEN 'measured'
                ELSE t.component || '.' || t.action END AS series,
           sum(t.seconds) * 1e3 / max(1, coalesce((SELECT c.count FROM tally c WHERE c.run = l.run AND c.scope = l.id
               AND c.component = 'core' AND c.action = 'calls'), 1)) AS ms
    FROM scope l
    JOIN within w ON w.run = l.run AND w.scope = l.id
    JOIN time t ON t.run = w.run AND t.scope = w.part
    WHERE l.run = :run AND l.parent IS NOT NULL AND l.op <> ''
    GROUP BY l.id, 4
), weight AS (
    SELECT series AS s, sum(ms) AS total, row_number() OVER (ORDER BY sum(ms) DESC, series) AS series_index FROM cause GROUP BY series
), folded AS ( -- at most eight colours: the smallest causes are drawn together
    SELECT c.id, c.seq, c.name, CASE WHEN w.series_index > 7 THEN 'other' ELSE c.series END AS series,
           min(w.series_index, 8) AS series_index, sum(c.ms) AS ms
    FROM cause c JOIN weight w ON w.s = c.series GROUP BY c.id, 5
)
SELECT dense_rank() OVER (ORDER BY seq, id) AS x, name, series, series_index,
       sum(ms) OVER (PARTITION BY id ORDER BY series_index) - ms AS from_ms,
       sum(ms) OVER (PARTITION BY id ORDER BY series_index) AS to_ms
FROM folded ORDER BY x, series_index
