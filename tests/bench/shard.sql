-- Makes of a database with a run 1 a shard of a sweep: 100 points, each with a copy of that run. SHARD is in their keys.
PRAGMA foreign_keys = OFF;
BEGIN;
DELETE FROM point;
DELETE FROM memo;
DELETE FROM sample;
DELETE FROM run WHERE id <> 1;
DELETE FROM scope WHERE run <> 1;
DELETE FROM within WHERE run <> 1;
DELETE FROM tally WHERE run <> 1;
DELETE FROM cost WHERE run <> 1;
DELETE FROM peak WHERE run <> 1;
WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
INSERT INTO run SELECT i, kind, platform, core, clock_hz, network, config_json, tool_version, inputs_sha256, elf_sha256, started_at,
    width, shape, wbits, abits, quant FROM run, n WHERE id = 1;
INSERT INTO scope SELECT r.id, s.id, parent, seq, name, op, macs, params FROM scope s, run r WHERE s.run = 1 AND r.id > 1;
INSERT INTO within SELECT r.id, scope, part FROM within s, run r WHERE s.run = 1 AND r.id > 1;
INSERT INTO tally SELECT r.id, scope, component, action, count FROM tally s, run r WHERE s.run = 1 AND r.id > 1;
INSERT INTO cost SELECT r.id, component, action, cycles, pj, source, pj_low, pj_high FROM cost s, run r WHERE s.run = 1 AND r.id > 1;
INSERT INTO peak SELECT r.id, scope, part, bytes FROM peak s, run r WHERE s.run = 1 AND r.id > 1;
INSERT INTO point SELECT printf('SHARD-%d', id), 'bench', json_object('n', id), 'done', '', id FROM run;
COMMIT;
