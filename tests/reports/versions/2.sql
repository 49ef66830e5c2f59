-- The database of etinysim, version 2 (PRAGMA user_version): the rows of version 1, brought up to date.
PRAGMA application_id = 0x4554494e; -- "ETIN"
PRAGMA user_version = 2;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('iss', 'npu', 'board', 'paper')),
    platform TEXT NOT NULL CHECK (platform <> ''),
    core TEXT NOT NULL,
    clock_hz INTEGER NOT NULL CHECK (clock_hz >= 0),
    network TEXT NOT NULL,
    config_json TEXT NOT NULL CHECK (json_valid(config_json)),
    tool_version TEXT NOT NULL,
    inputs_sha256 TEXT NOT NULL,
    elf_sha256 TEXT NOT NULL,
    started_at TEXT NOT NULL
, width REAL CHECK (width > 0), shape TEXT NOT NULL DEFAULT '', wbits INTEGER CHECK (wbits > 0), abits INTEGER CHECK (abits > 0), quant TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO run VALUES(1,'iss','stm32f412','cortex-m4',100000000,'etinynet-1.0','{"core_hz":100000000,"kernels":"fast","plan":"inplace","quantiser":"int8","wbits":8,"input":64}','0.1','i1','e1','2026-01-01T00:00:00Z',NULL,'',8,NULL,'int8');
INSERT INTO run VALUES(2,'npu','xc7a100t-etinynet','',200000000,'etinynet-0.75','{"wbits":4,"abits":8,"width":0.5,"input":224}','0.1','i2','','2026-01-01T00:00:00Z',0.5,'',4,8,'');
INSERT INTO run VALUES(3,'paper','stm32f412','',0,'etinynet-1.0','{"where": "Table 4", "top1_percent": 64.7}','0.1','i3','','2026-01-01T00:00:00Z',NULL,'',NULL,NULL,'');
CREATE TABLE scope (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    id INTEGER NOT NULL CHECK (id >= 0),
    parent INTEGER CHECK (parent < id),
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    op TEXT NOT NULL,
    macs INTEGER NOT NULL CHECK (macs >= 0),
    params INTEGER NOT NULL CHECK (params >= 0),
    PRIMARY KEY (run, id),
    FOREIGN KEY (run, parent) REFERENCES scope (run, id)
) STRICT, WITHOUT ROWID;
INSERT INTO scope VALUES(1,0,NULL,0,'run','',0,0);
INSERT INTO scope VALUES(1,1,0,1,'fc','fully_connected',1000,10);
INSERT INTO scope VALUES(2,0,NULL,0,'run','',0,0);
INSERT INTO scope VALUES(3,0,NULL,0,'etinynet-1.0','',0,0);
CREATE TABLE within (
    run INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    part INTEGER NOT NULL,
    PRIMARY KEY (run, scope, part),
    FOREIGN KEY (run, part) REFERENCES scope (run, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO within VALUES(1,0,0);
INSERT INTO within VALUES(1,0,1);
INSERT INTO within VALUES(1,1,1);
INSERT INTO within VALUES(2,0,0);
INSERT INTO within VALUES(3,0,0);
CREATE TABLE tally (
    run INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    component TEXT NOT NULL,
    action TEXT NOT NULL,
    count INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (run, scope, component, action),
    FOREIGN KEY (run, scope) REFERENCES scope (run, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO tally VALUES(1,1,'core','base',5000);
INSERT INTO tally VALUES(2,0,'engine','busy',700);
CREATE TABLE cost (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    component TEXT NOT NULL,
    action TEXT NOT NULL,
    cycles REAL NOT NULL,
    pj REAL,
    source TEXT NOT NULL CHECK (source <> ''),
    PRIMARY KEY (run, component, action)
) STRICT, WITHOUT ROWID;
INSERT INTO cost VALUES(1,'core','base',1.0,100.0,'test');
INSERT INTO cost VALUES(2,'engine','busy',1.0,2.0,'test');
CREATE TABLE peak (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    scope INTEGER,
    part TEXT NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    FOREIGN KEY (run, scope) REFERENCES scope (run, id)
) STRICT;
CREATE TABLE sample (
    run INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    rep INTEGER NOT NULL CHECK (rep >= 0),
    quantity TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (run, scope, quantity, rep),
    FOREIGN KEY (run, scope) REFERENCES scope (run, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE point (
    key TEXT NOT NULL PRIMARY KEY,
    sweep TEXT NOT NULL,
    params_json TEXT NOT NULL CHECK (json_valid(params_json)),
    state TEXT NOT NULL CHECK (state IN ('done', 'failed', 'unfit')),
    reason TEXT NOT NULL,
    run INTEGER REFERENCES run (id)
) STRICT;
CREATE TABLE memo (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
CREATE INDEX within_part ON within (run, part);
CREATE INDEX peak_run ON peak (run, scope, part);
CREATE VIEW alike AS
SELECT a.id AS run, b.id AS other
FROM run a
JOIN run b ON b.network = a.network
    AND (a.width IS NULL OR b.width IS NULL OR a.width = b.width)
    AND (a.shape = '' OR b.shape = '' OR a.shape = b.shape)
    AND (a.wbits IS NULL OR b.wbits IS NULL OR a.wbits = b.wbits)
    AND (a.abits IS NULL OR b.abits IS NULL OR a.abits = b.abits)
    AND (a.quant = '' OR b.quant = '' OR a.quant = b.quant);
CREATE VIEW variants AS
SELECT id AS run,
       ltrim(CASE WHEN width IS NULL THEN '' ELSE 'width ' || printf('%g', width) END || CASE shape WHEN '' THEN '' ELSE ', ' || shape END
             || coalesce(', ' || wbits || '-bit weights', '') || coalesce(', ' || abits || '-bit maps', '')
             || CASE quant WHEN '' THEN '' ELSE ', ' || quant END, ', ') AS variant
FROM run;
CREATE VIEW time AS
SELECT t.run, t.scope, s.seq, s.name, t.component, t.action, t.count,
       t.count * c.cycles AS cycles,
       CASE WHEN t.component = 'time' AND t.action = 'ns' THEN t.count * 1e-9
            WHEN r.clock_hz > 0 THEN t.count * c.cycles / r.clock_hz END AS seconds,
       c.source
FROM tally t
JOIN cost c ON c.run = t.run AND c.component = t.component AND c.action = t.action
JOIN scope s ON s.run = t.run AND s.id = t.scope
JOIN run r ON r.id = t.run
WHERE c.cycles <> 0 OR (t.component = 'time' AND t.action = 'ns');
CREATE VIEW energy AS
SELECT t.run, t.scope, s.seq, s.name, t.component, t.action, t.count, c.pj, t.count * c.pj * 1e-6 AS energy_uj, c.source
FROM tally t
JOIN cost c ON c.run = t.run AND c.component = t.component AND c.action = t.action
JOIN scope s ON s.run = t.run AND s.id = t.scope
WHERE c.pj IS NOT NULL;
CREATE VIEW traffic AS
SELECT t.run, t.scope, s.seq, s.name, t.component,
       rtrim(t.action, '0123456789') AS direction,
       CAST(ltrim(t.action, 'abcdefghijklmnopqrstuvwxyz') AS INTEGER) AS width_bits,
       t.count AS transfers,
       t.count * CAST(ltrim(t.action, 'abcdefghijklmnopqrstuvwxyz') AS INTEGER) / 8 AS bytes
FROM tally t
JOIN scope s ON s.run = t.run AND s.id = t.scope
WHERE t.action GLOB 'read[0-9]*' OR t.action GLOB 'write[0-9]*' OR t.action GLOB 'fetch[0-9]*';
CREATE VIEW memory AS
SELECT p.run, p.part, p.bytes, p.scope, s.name
FROM peak p
LEFT JOIN scope s ON s.run = p.run AND s.id = p.scope;
CREATE VIEW uncosted AS
SELECT t.run, t.scope, t.component, t.action, t.count
FROM tally t
LEFT JOIN cost c ON c.run = t.run AND c.component = t.component AND c.action = t.action
WHERE c.run IS NULL;
CREATE VIEW layers AS
SELECT s.run, s.id AS scope, s.parent, s.seq, s.name, s.op, s.macs, s.params,
       CAST(round(coalesce(sum(t.count * c.cycles), 0)) AS INTEGER) AS cycles,
       CASE WHEN count(CASE WHEN t.component = 'time' AND t.action = 'ns' THEN 1 END) > 0
            THEN sum(CASE WHEN t.component = 'time' AND t.action = 'ns' THEN t.count END) * 1e-9
            WHEN r.clock_hz > 0 THEN coalesce(sum(t.count * c.cycles), 0) / r.clock_hz END AS seconds,
       coalesce(sum(CASE WHEN t.component = 'core' AND t.action = 'instructions' THEN t.count END), 0) AS instructions,
       max(1, coalesce(sum(CASE WHEN t.component = 'core' AND t.action = 'calls' AND t.scope = s.id THEN t.count END), 1)) AS calls,
       CASE WHEN s.macs > 0 THEN sum(t.count * c.cycles)
            / max(1, coalesce(sum(CASE WHEN t.component = 'core' AND t.action = 'calls' AND t.scope = s.id THEN t.count END), 1))
            / s.macs END AS cycles_per_mac,
       coalesce(sum(CASE WHEN t.action GLOB 'read[0-9]*' THEN t.count END), 0) AS reads,
       coalesce(sum(CASE WHEN t.action GLOB 'write[0-9]*' THEN t.count END), 0) AS writes,
       coalesce(sum(CASE WHEN t.action GLOB 'read[0-9]*' THEN t.count * CAST(substr(t.action, 5) AS INTEGER) / 8 END), 0) AS read_bytes,
       coalesce(sum(CASE WHEN t.action GLOB 'write[0-9]*' THEN t.count * CAST(substr(t.action, 6) AS INTEGER) / 8 END), 0) AS write_bytes,
       sum(t.count * c.pj) * 1e-6 AS energy_uj
FROM scope s
JOIN run r ON r.id = s.run
JOIN within w ON w.run = s.run AND w.scope = s.id
LEFT JOIN tally t ON t.run = w.run AND t.scope = w.part
LEFT JOIN cost c ON c.run = t.run AND c.component = t.component AND c.action = t.action
WHERE s.parent IS NOT NULL
GROUP BY s.run, s.id;
CREATE VIEW runs AS
SELECT r.id AS run, r.kind, r.platform, r.core, r.clock_hz, r.network, r.width, r.shape, r.wbits, r.abits, r.quant,
       (SELECT v.variant FROM variants v WHERE v.run = r.id) AS variant,
       CAST(round(sum(CASE WHEN s.parent IS NULL THEN t.count * c.cycles END)) AS INTEGER) AS cycles,
       coalesce(sum(CASE WHEN s.parent IS NULL AND t.component = 'time' AND t.action = 'ns' THEN t.count END) * 1e-9,
                CASE WHEN r.clock_hz > 0 THEN sum(CASE WHEN s.parent IS NULL THEN t.count * c.cycles END) / r.clock_hz END) AS seconds,
       sum(CASE WHEN s.parent IS NULL AND t.component = 'core' AND t.action = 'instructions' THEN t.count END) AS instructions,
       (SELECT sum(m.macs) FROM scope m WHERE m.run = r.id) AS macs,
       CAST(round(coalesce(sum(CASE WHEN s.op NOT IN ('', 'function') THEN t.count * c.cycles / max(1, coalesce(k.count, 1)) END),
                           sum(CASE WHEN s.parent IS NULL THEN t.count * c.cycles END))) AS INTEGER) AS inference_cycles,
       coalesce(sum(CASE WHEN s.op NOT IN ('', 'function') AND t.component = 'time' AND t.action = 'ns'
                         THEN t.count * 1e-9 / max(1, coalesce(k.count, 1)) END),
                CASE WHEN r.clock_hz > 0 THEN
                    coalesce(sum(CASE WHEN s.op NOT IN ('', 'function') THEN t.count * c.cycles / max(1, coalesce(k.count, 1)) END),
                             sum(CASE WHEN s.parent IS NULL THEN t.count * c.cycles END)) / r.clock_hz END) AS inference_seconds,
       coalesce(sum(CASE WHEN s.op NOT IN ('', 'function') THEN t.count * c.pj / max(1, coalesce(k.count, 1)) END),
                sum(CASE WHEN s.parent IS NULL THEN t.count * c.pj END)) * 1e-6 AS inference_energy_uj,
       sum(CASE WHEN s.parent IS NULL THEN t.count * c.pj END) * 1e-6 AS energy_uj,
       sum(CASE WHEN s.parent IS NULL THEN t.count * c.pj END) * 1e-12
           / nullif(coalesce(sum(CASE WHEN s.parent IS NULL AND t.component = 'time' AND t.action = 'ns' THEN t.count END) * 1e-9,
                             CASE WHEN r.clock_hz > 0 THEN sum(CASE WHEN s.parent IS NULL THEN t.count * c.cycles END) / r.clock_hz END), 0)
           AS watts,
       (SELECT sum(p.bytes) FROM peak p WHERE p.run = r.id AND p.scope IS NULL
        AND p.part IN ('data', 'bss', 'arena', 'stack', 'heap')) AS peak_sram_bytes,
       (SELECT p.bytes FROM peak p WHERE p.run = r.id AND p.scope IS NULL AND p.part = 'flash') AS flash_bytes,
       (SELECT count(*) FROM cost x WHERE x.run = r.id) AS costs,
       (SELECT count(*) FROM cost x WHERE x.run = r.id AND x.source LIKE 'assumed:%') AS assumed,
       (SELECT count(*) FROM cost x WHERE x.run = r.id AND x.source LIKE 'calibrated:%') AS calibrated,
       (SELECT count(*) FROM tally u LEFT JOIN cost x ON x.run = u.run AND x.component = u.component AND x.action = u.action
        WHERE u.run = r.id AND x.run IS NULL) AS uncosted,
       r.tool_version, r.inputs_sha256, r.elf_sha256, r.started_at, r.config_json
FROM run r
LEFT JOIN tally t ON t.run = r.id
LEFT JOIN cost c ON c.run = t.run AND c.component = t.component AND c.action = t.action
LEFT JOIN within w ON w.run = t.run AND w.part = t.scope
LEFT JOIN scope s ON s.run = w.run AND s.id = w.scope
LEFT JOIN tally k ON k.run = s.run AND k.scope = s.id AND k.component = 'core' AND k.action = 'calls'
GROUP BY r.id;
CREATE VIEW residuals AS
SELECT s.run, m.run AS against, s.seq, s.name, s.op, s.cycles / s.calls AS cycles, m.cycles / m.calls AS measured_cycles,
       s.seconds / s.calls AS seconds, m.seconds / m.calls AS measured_seconds,
       100.0 * (s.seconds / s.calls - m.seconds / m.calls) / (m.seconds / m.calls) AS error_percent
FROM run rs
JOIN run rm ON rm.kind IN ('board', 'paper')
    AND ((rm.elf_sha256 <> '' AND rm.elf_sha256 = rs.elf_sha256)
         OR (rm.elf_sha256 = '' AND rm.platform = rs.platform
             AND EXISTS (SELECT 1 FROM alike k WHERE k.run = rs.id AND k.other = rm.id)))
JOIN layers s ON s.run = rs.id
JOIN layers m ON m.run = rm.id AND m.name = s.name
WHERE rs.kind IN ('iss', 'npu') AND m.seconds > 0;
COMMIT;
