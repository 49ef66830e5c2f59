-- the database holds no points of a sweep with a width
-- What else was varied (plan, kernels, accelerator parameters) is not drawn: the fastest of it stands. A cell without a
-- point that fits is hatched and says what is lacking.
WITH every AS (
    SELECT coalesce(json_extract(p.params_json, '$.width'), r.width, 1.0) AS width,
           coalesce(json_extract(p.params_json, '$.board'), json_extract(p.params_json, '$.accelerator'), r.platform) AS platform,
           coalesce(json_extract(p.params_json, '$.wbits'), 8) AS wbits, coalesce(json_extract(p.params_json, '$.input'), 0) AS input,
           coalesce(json_extract(p.params_json, '$.network'), r.network, '') AS network,
           CASE WHEN p.state = 'done' AND r.unfit IS NULL AND r.inference_seconds > 0 THEN r.inference_seconds * 1e3 END AS ms,
           r.inference_energy_uj * 1e-3 AS mj, r.run,
           CASE WHEN p.state = 'failed' THEN 'failed' WHEN instr(p.reason, 'SRAM is short') THEN 'no room: SRAM'
                WHEN instr(p.reason, 'flash is short') THEN 'no room: flash'
                WHEN instr(p.reason, ' needs ') THEN 'no room: ' || substr(p.reason, 1, instr(p.reason, ' needs ') - 1)
                ELSE 'does not fit' END AS lacks
    FROM point p LEFT JOIN runs r ON r.run = p.run
), cell AS (
    SELECT width, platform, wbits, input, network, min(ms) AS ms, run, mj, lacks FROM every GROUP BY 1, 2, 3, 4, 5
), networks AS (SELECT count(DISTINCT rtrim(network, '0123456789.')) AS n FROM cell)
SELECT dense_rank() OVER (ORDER BY width) AS x, width, dense_rank() OVER (ORDER BY platform, rtrim(network, '0123456789.'), wbits, input) AS y,
       platform || CASE WHEN n > 1 THEN ', ' || network ELSE '' END || ', ' || wbits || ' bit' || CASE WHEN input > 0 THEN ', ' || input || ' px' ELSE '' END AS name,
       ms, CASE WHEN ms IS NULL THEN lacks ELSE '' END AS lacks, CASE WHEN ms IS NOT NULL THEN run END AS run,
       coalesce(min(ms) OVER (), 1) AS least, coalesce(max(ms) OVER (), 1) AS most
FROM cell, networks ORDER BY y, x
