-- A run as its summary needs it
SELECT r.*, json_extract(r.config_json, '$.supply') AS supply, json_extract(r.config_json, '$.top1') AS top1,
       json_extract(r.config_json, '$.board_sram_bytes') AS board_sram_bytes, json_extract(r.config_json, '$.board_flash_bytes') AS board_flash_bytes,
       json_extract(r.config_json, '$.clock_override') AS clock_override, json_extract(r.config_json, '$.firmware_hz') AS firmware_hz,
       json_extract(r.config_json, '$.wait_states') AS wait_states, json_extract(r.config_json, '$.wait_states_needed') AS wait_states_needed,
       json_extract(r.config_json, '$.unvalidated') AS unvalidated, json_extract(r.config_json, '$.cycles_error_code') AS cycles_error_code,
       (SELECT c.source FROM cost c WHERE c.run = r.run AND c.pj > 0 ORDER BY c.source LIKE 'assumed:%' DESC, c.pj DESC LIMIT 1) AS energy_source,
       (SELECT count(*) FROM scope s WHERE s.run = r.run AND s.op NOT IN ('', 'function')) AS layers,
       (SELECT group_concat(part || ' ' || bytes, ', ') FROM (SELECT part, bytes FROM peak p WHERE p.run = r.run AND p.scope IS NULL
        AND p.bytes > 0 AND p.part IN ('data', 'bss', 'arena', 'stack', 'heap') ORDER BY bytes DESC)) AS parts,
       (SELECT bytes FROM peak p WHERE p.run = r.run AND p.part = 'onchip') AS onchip_bytes
FROM runs r WHERE r.run = :run
