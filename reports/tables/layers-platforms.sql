-- Per layer: Cortex-M4, Cortex-M7, FPGA and TinyNPU side by side, the newest run of each with this network and size, where it fits
-- @ name Layer - 1 0
-- @ op Operation - 1 0
-- @ macs MACs - 1 0 sum
-- @ ms_f412 F412 ms 1 3 sum
-- @ ms_f407 F407 ms 1 3 sum
-- @ ms_l4r9 L4R9 ms 1 3 sum
-- @ ms_f746 F746 ms 1 3 sum
-- @ ms_h743 H743 ms 1 3 sum
-- @ ms_xc7a100t XC7A100T ms 1 3 sum
-- @ ms_tinynpu TinyNPU ms 1 3 sum
-- @ uj_f412 F412 uJ 1 1 sum
-- @ uj_f407 F407 uJ 1 1 sum
-- @ uj_l4r9 L4R9 uJ 1 1 sum
-- @ uj_f746 F746 uJ 1 1 sum
-- @ uj_h743 H743 uJ 1 1 sum
-- @ uj_xc7a100t XC7A100T uJ 1 1 sum
-- @ uj_tinynpu TinyNPU uJ 1 1 sum
WITH like AS (
    SELECT network, (SELECT sum(macs) FROM scope WHERE run = :run) AS macs FROM run WHERE id = :run
), chosen AS (
    SELECT platform, max(id) AS run FROM run
    WHERE kind IN ('iss', 'npu') AND coalesce(json_extract(config_json, '$.fits'), 1) AND network = (SELECT network FROM like)
      AND (SELECT sum(macs) FROM scope s WHERE s.run = run.id) = (SELECT macs FROM like)
    GROUP BY platform
), line AS (
    SELECT c.platform, l.name, l.op, l.macs, l.seconds * 1e3 AS ms, l.energy_uj AS uj,
           row_number() OVER (PARTITION BY l.run ORDER BY l.seq, l.scope) AS place
    FROM chosen c JOIN layers l ON l.run = c.run WHERE l.op <> '' AND l.op <> 'mcu'
)
SELECT name, op, max(macs) AS macs,
       CASE WHEN 'stm32f412' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32f412' THEN ms END) END AS ms_f412,
       CASE WHEN 'stm32f407' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32f407' THEN ms END) END AS ms_f407,
       CASE WHEN 'stm32l4r9' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32l4r9' THEN ms END) END AS ms_l4r9,
       CASE WHEN 'stm32f746' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32f746' THEN ms END) END AS ms_f746,
       CASE WHEN 'stm32h743' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32h743' THEN ms END) END AS ms_h743,
       CASE WHEN 'xc7a100t-etinynet' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'xc7a100t-etinynet' THEN ms END) END AS ms_xc7a100t,
       CASE WHEN 'tinynpu' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'tinynpu' THEN ms END) END AS ms_tinynpu,
       CASE WHEN 'stm32f412' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32f412' THEN uj END) END AS uj_f412,
       CASE WHEN 'stm32f407' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32f407' THEN uj END) END AS uj_f407,
       CASE WHEN 'stm32l4r9' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32l4r9' THEN uj END) END AS uj_l4r9,
       CASE WHEN 'stm32f746' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32f746' THEN uj END) END AS uj_f746,
       CASE WHEN 'stm32h743' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'stm32h743' THEN uj END) END AS uj_h743,
       CASE WHEN 'xc7a100t-etinynet' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'xc7a100t-etinynet' THEN uj END) END AS uj_xc7a100t,
       CASE WHEN 'tinynpu' IN (SELECT platform FROM chosen) THEN total(CASE WHEN platform = 'tinynpu' THEN uj END) END AS uj_tinynpu
FROM line GROUP BY name, op ORDER BY max(place), op = 'add'
