-- the database holds no finished points of a sweep with a width
-- What else was varied (plan, kernels, accelerator parameters) is not drawn: the fastest of it stands.
WITH done AS (
    SELECT coalesce(json_extract(p.params_json, '$.width'), 1.0) AS width,
           coalesce(json_extract(p.params_json, '$.board'), json_extract(p.params_json, '$.accelerator'), r.platform) AS platform,
           coalesce(json_extract(p.params_json, '$.wbits'), 8) AS wbits, coalesce(json_extract(p.params_json, '$.input'), 0) AS input,
           coalesce(json_extract(p.params_json, '$.network'), r.network) AS network, min(r.inference_seconds) * 1e3 AS ms
    FROM point p JOIN runs r ON r.run = p.run
    WHERE p.state = 'done' AND r.inference_seconds > 0 GROUP BY 1, 2, 3, 4, 5
), networks AS (SELECT count(DISTINCT rtrim(network, '0123456789.')) AS n FROM done)
SELECT dense_rank() OVER (ORDER BY width) AS x, width, dense_rank() OVER (ORDER BY platform, rtrim(network, '0123456789.'), wbits, input) AS y,
       platform || CASE WHEN n > 1 THEN ', ' || network ELSE '' END || ', ' || wbits || ' bit' || CASE WHEN input > 0 THEN ', ' || input || ' px' ELSE '' END AS name, ms
FROM done, networks ORDER BY y, x
