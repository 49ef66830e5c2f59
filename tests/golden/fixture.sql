-- A small database with every kind of run, for the golden tables of plots and reports. The numbers mean nothing.
INSERT INTO run (id, kind, platform, core, clock_hz, network, config_json, tool_version, inputs_sha256, elf_sha256, started_at, width, shape, wbits, abits) VALUES
 (1, 'iss', 'stm32f412', 'cortex-m4', 100000000, 'tiny', '{"wbits": 8}', '0', 'i1', 'e1', 't', 1.0, '224x224x3', 8, 8),
 (2, 'npu', 'xc7a100t-etinynet', '', 75000000, 'tiny', '{"wbits": 8, "macs_per_cycle": 64, "bytes_per_cycle": 16}', '0', 'i2', '', 't', 1.0, '224x224x3', 8, 8),
 (3, 'iss', 'stm32f746', 'cortex-m7', 200000000, 'tiny',
  '{"wbits": 8, "lifetimes": [{"name": "image", "offset": 0, "bytes": 4096, "first": 0, "last": 1}, {"name": "conv0", "offset": 4096, "bytes": 2048, "first": 1, "last": 3}, {"name": "pw", "offset": 0, "bytes": 1024, "first": 3, "last": 4}]}',
  '0', 'i3', 'e3', 't', 1.0, '224x224x3', 8, 8),
 (4, 'board', 'stm32f746', 'cortex-m7', 200000000, 'tiny', '{}', '0', 'i4', 'e3', 't', 1.0, '224x224x3', 8, 8),
 (5, 'paper', 'paper', '', 0, 'tiny', '{"top1_percent": 65.5}', '0', 'i5', '', 't', 1.0, '224x224x3', 8, 8),
 (6, 'iss', 'stm32f746', 'cortex-m7', 200000000, 'tiny-0.5', '{"wbits": 4}', '0', 'i6', 'e6', 't', 0.5, '224x224x3', 4, 8);
WITH layer(id, name, op, macs) AS (VALUES (1, 'conv0', 'conv2d', 40000), (2, 'dw', 'depthwise_conv2d', 9000),
                                         (3, 'pw', 'pointwise_conv2d', 64000), (4, 'gap', 'global_avg_pool', 0), (5, 'fc', 'fully_connected', 1000))
INSERT INTO scope SELECT id, 0, NULL, 0, 'reset', '', 0, 0 FROM run
 UNION ALL SELECT r.id, l.id, 0, l.id, l.name, l.op, l.macs, 10 FROM run r, layer l WHERE r.kind <> 'paper';
INSERT INTO within SELECT run, id, id FROM scope UNION ALL SELECT run, 0, id FROM scope WHERE id > 0;
WITH class(component, action, share) AS (VALUES ('core', 'base', 60), ('core', 'lsu', 20), ('core', 'cpi', 1), ('core', 'refill', 2), ('core', 'fetch', 9),
                                         ('core', 'data', 8), ('core', 'exc', 3), ('core', 'sleep', 4), ('core', 'mispredict', 5))
INSERT INTO tally SELECT s.run, s.id, c.component, c.action, (s.macs + 500) * c.share * (2 + s.run) / 100 / (1 + (c.action = 'data') * s.id)
 FROM scope s, class c JOIN run r ON r.id = s.run WHERE r.kind = 'iss';
INSERT INTO tally SELECT s.run, s.id, 'npu', a, (s.macs + 500) / n FROM scope s, (SELECT 'compute' AS a, 40 AS n UNION ALL SELECT 'fill', 200)
 WHERE s.run = 2;
INSERT INTO tally SELECT s.run, s.id, 'measured', 'cycles', (s.macs + 500) * 6 - 100 * s.id * s.id FROM scope s WHERE s.run = 4 AND s.id > 0;
INSERT INTO tally SELECT s.run, s.id, 'sram', a, (s.macs + 99) / n FROM scope s JOIN run r ON r.id = s.run,
 (SELECT 'read32' AS a, 3 AS n UNION ALL SELECT 'write8', 17) WHERE r.kind IN ('iss', 'npu') AND s.id > 0;
INSERT INTO cost (run, component, action, cycles, pj, source) SELECT DISTINCT run, component, action, component IN ('core', 'npu', 'measured'),
 CASE component WHEN 'core' THEN 400 + run WHEN 'npu' THEN 7000 WHEN 'sram' THEN 5 END, 'assumed: a fixture' FROM tally;
INSERT INTO peak SELECT id, NULL, part, bytes FROM run, (SELECT 'arena' AS part, 250880 AS bytes UNION ALL SELECT 'stack', 700 UNION ALL SELECT 'flash', 900000)
 WHERE kind IN ('iss', 'npu');
INSERT INTO sample SELECT 4, id, rep, 'cycles', (macs + 500) * 6 + rep FROM scope, (SELECT 0 AS rep UNION ALL SELECT 1) WHERE run = 4 AND id > 0;
INSERT INTO point VALUES ('a', 's', '{"width": 1.0, "wbits": 8, "board": "stm32f412"}', 'done', '', 1), ('b', 's', '{"width": 1.0, "wbits": 8, "board": "stm32f746"}', 'done', '', 3),
 ('c', 's', '{"width": 0.5, "wbits": 8, "board": "stm32f746"}', 'done', '', 6), ('d', 's', '{"width": 0.5, "wbits": 4, "board": "stm32f412"}', 'unfit', 'no room', NULL);
UPDATE run SET config_json = json_set(config_json, '$.evaluation', json_object('images', 104, 'agreement', 0.75 + 0.05 * id, 'agreement_low', 0.65 + 0.05 * id, 'agreement_high', 0.85 + 0.04 * id))
 WHERE id IN (1, 3);
