-- the database holds no finished points of a sweep with a width
WITH done AS (
    SELECT coalesce(json_extract(p.params_json, '$.width'), 1.0) AS width,
           coalesce(json_extract(p.params_json, '$.board'), json_extract(p.params_json, '$.accel'), r.platform) || ', '
               || coalesce(json_extract(p.params_json, '$.wbits'), 8) || ' bit'
               || coalesce(', ' || json_extract(p.params_json, '$.input'), '') AS name,
           min(r.inference_seconds) * 1e3 AS ms
    FROM point p JOIN runs r ON r.run = p.run WHERE p.state = 'done' AND r.inference_seconds > 0 GROUP BY 1, 2
)
SELECT dense_rank() OVER (ORDER BY width) AS x, width, dense_rank() OVER (ORDER BY name) AS y, name, ms FROM done ORDER BY y, x
