-- Two independent counts of the same layers: an instruction-set simulation and an accelerator model, newest of each with this network and size, where it fits
-- @ name Layer - 1 0
-- @ op Operation - 1 0
-- @ macs MACs_of_the_list - 1 0 sum
-- @ npu_macs MACs_npu - 1 0 sum
-- @ iss_products Multiplies_iss - 1 0 sum
-- @ iss_per_mac Multiplies/MAC - 1 3
-- @ iss_cycles Cycles_iss - 1 0 sum
-- @ npu_cycles Cycles_npu - 1 0 sum
-- @ cycles_ratio iss/npu - 1 1
-- @ iss_read Read_iss KiB 9.765625e-4 1 sum
-- @ npu_read Read_npu KiB 9.765625e-4 1 sum
WITH like AS (
    SELECT network, (SELECT sum(macs) FROM scope WHERE run = :run) AS macs FROM run WHERE id = :run
), chosen AS (
    SELECT kind, max(id) AS run FROM run
    WHERE kind IN ('iss', 'npu') AND coalesce(json_extract(config_json, '$.fits'), 1) AND network = (SELECT network FROM like)
      AND (SELECT sum(macs) FROM scope s WHERE s.run = run.id) = (SELECT macs FROM like)
    GROUP BY kind
), line AS (
    SELECT c.kind, l.*,
           (SELECT sum(t.count) FROM tally t WHERE t.run = l.run AND t.scope = l.scope
            AND ((t.component = 'core' AND t.action = 'macs') OR (t.component = 'mac' AND t.action = 'mac'))) AS products
    FROM chosen c JOIN layers l ON l.run = c.run WHERE l.op <> ''
)
SELECT n.name, n.op, n.macs, coalesce(n.products, 0) AS npu_macs, i.products AS iss_products,
       CASE WHEN n.macs > 0 THEN 1.0 * i.products / n.macs END AS iss_per_mac, i.cycles AS iss_cycles, n.cycles AS npu_cycles,
       1.0 * i.cycles / nullif(n.cycles, 0) AS cycles_ratio, i.read_bytes AS iss_read, n.read_bytes AS npu_read
FROM line n JOIN line i ON i.name = n.name AND i.kind = 'iss' WHERE n.kind = 'npu' ORDER BY n.seq
