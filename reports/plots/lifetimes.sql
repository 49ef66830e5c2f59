-- the run's configuration holds no buffer lifetimes (firmware of etinysim build does)
SELECT json_extract(b.value, '$.name') AS name, json_extract(b.value, '$.offset') / 1024.0 AS from_kib,
       (json_extract(b.value, '$.offset') + json_extract(b.value, '$.bytes')) / 1024.0 AS to_kib,
       json_extract(b.value, '$.first') AS first, json_extract(b.value, '$.last') AS last,
       1 + row_number() OVER (ORDER BY json_extract(b.value, '$.first'), b.key) % 6 AS colour
FROM run r, json_each(r.config_json, '$.lifetimes') b
WHERE r.id = :run ORDER BY first, from_kib
