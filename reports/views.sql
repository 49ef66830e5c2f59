-- The views of etinysim's database, made anew when a database of an older version is opened.

-- Two runs of one network that agree in every property of the variant which both know.
CREATE VIEW alike AS
SELECT a.id AS run, b.id AS other
FROM run a
JOIN run b ON b.network = a.network
    AND (a.width IS NULL OR b.width IS NULL OR a.width = b.width)
    AND (a.shape = '' OR b.shape = '' OR a.shape = b.shape)
    AND (a.wbits IS NULL OR b.wbits IS NULL OR a.wbits = b.wbits)
    AND (a.abits IS NULL OR b.abits IS NULL OR a.abits = b.abits)
    AND (a.quant = '' OR b.quant = '' OR a.quant = b.quant);

-- The variant in words, '' where nothing is known of it.
CREATE VIEW variants AS
SELECT id AS run,
       ltrim(CASE WHEN width IS NULL THEN '' ELSE 'width ' || printf('%g', width) END || CASE shape WHEN '' THEN '' ELSE ', ' || shape END
             || coalesce(', ' || wbits || '-bit weights', '') || coalesce(', ' || abits || '-bit maps', '')
             || CASE quant WHEN '' THEN '' ELSE ', ' || quant END, ', ') AS variant
FROM run;

-- Self time of every tally that takes any: one row per (scope, component, action).
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

-- Self energy of every tally whose energy is known.
CREATE VIEW energy AS
SELECT t.run, t.scope, s.seq, s.name, t.component, t.action, t.count, c.pj, t.count * c.pj * 1e-6 AS energy_uj,
       t.count * c.pj_low * 1e-6 AS energy_uj_low, t.count * c.pj_high * 1e-6 AS energy_uj_high, c.source LIKE 'assumed:%' AS energy_assumed, c.source
FROM tally t
JOIN cost c ON c.run = t.run AND c.component = t.component AND c.action = t.action
JOIN scope s ON s.run = t.run AND s.id = t.scope
WHERE c.pj IS NOT NULL;

-- Self traffic of every memory: actions are read, write or fetch followed by the width of a transfer in bits.
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

-- Empty for a complete run.
CREATE VIEW uncosted AS
SELECT t.run, t.scope, t.component, t.action, t.count
FROM tally t
LEFT JOIN cost c ON c.run = t.run AND c.component = t.component AND c.action = t.action
WHERE c.run IS NULL;

-- One row per scope except the root, counts inclusive of nested scopes.
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
       sum(t.count * c.pj) * 1e-6 AS energy_uj,
       CASE WHEN max(c.pj_low) > 0 THEN sum(t.count * coalesce(c.pj_low, c.pj)) END * 1e-6 AS energy_uj_low,
       CASE WHEN max(c.pj_high) > 0 THEN sum(t.count * coalesce(c.pj_high, c.pj)) END * 1e-6 AS energy_uj_high,
       coalesce(max(c.pj > 0 AND c.source LIKE 'assumed:%'), 0) AS energy_assumed
FROM scope s
JOIN run r ON r.id = s.run
JOIN within w ON w.run = s.run AND w.scope = s.id
LEFT JOIN tally t ON t.run = w.run AND t.scope = w.part
LEFT JOIN cost c ON c.run = t.run AND c.component = t.component AND c.action = t.action
WHERE s.parent IS NOT NULL
GROUP BY s.run, s.id;

-- One row per run. An inference is the sum of the layers, one call each (layers do not nest); a run without layers is
-- one inference. Every tally is joined with each scope it lies within: the root gives totals, the layers the inference.
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
       -- A part without a band counts with its nominal energy; without any band the ends are not known.
       CASE WHEN max(c.pj_low) > 0 THEN
           coalesce(sum(CASE WHEN s.op NOT IN ('', 'function') THEN t.count * coalesce(c.pj_low, c.pj) / max(1, coalesce(k.count, 1)) END),
                    sum(CASE WHEN s.parent IS NULL THEN t.count * coalesce(c.pj_low, c.pj) END)) * 1e-6 END AS inference_energy_uj_low,
       CASE WHEN max(c.pj_high) > 0 THEN
           coalesce(sum(CASE WHEN s.op NOT IN ('', 'function') THEN t.count * coalesce(c.pj_high, c.pj) / max(1, coalesce(k.count, 1)) END),
                    sum(CASE WHEN s.parent IS NULL THEN t.count * coalesce(c.pj_high, c.pj) END)) * 1e-6 END AS inference_energy_uj_high,
       coalesce(max(c.pj > 0 AND c.source LIKE 'assumed:%'), 0) AS energy_assumed,
       sum(CASE WHEN s.parent IS NULL THEN t.count * c.pj END) * 1e-6 AS energy_uj,
       sum(CASE WHEN s.parent IS NULL THEN t.count * c.pj END) * 1e-12
           / nullif(coalesce(sum(CASE WHEN s.parent IS NULL AND t.component = 'time' AND t.action = 'ns' THEN t.count END) * 1e-9,
                             CASE WHEN r.clock_hz > 0 THEN sum(CASE WHEN s.parent IS NULL THEN t.count * c.cycles END) / r.clock_hz END), 0)
           AS watts,
       (SELECT sum(p.bytes) FROM peak p WHERE p.run = r.id AND p.scope IS NULL
        AND p.part IN ('data', 'bss', 'arena', 'stack', 'heap')) AS peak_sram_bytes,
       (SELECT p.bytes FROM peak p WHERE p.run = r.id AND p.scope IS NULL AND p.part = 'flash') AS flash_bytes,
       -- An accelerator that lacks memory or cells for the network is modelled as if it had them.
       CASE json_extract(r.config_json, '$.fits') WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS fit,
       CASE json_extract(r.config_json, '$.fits') WHEN 0 THEN coalesce(nullif(json_extract(r.config_json, '$.unfit'), ''), 'does not fit') END AS unfit,
       -- How far its cycles may be off, from how many measured figures, and the share that none of them stands for.
       json_extract(r.config_json, '$.cycles_error_percent') AS cycles_error_percent,
       json_extract(r.config_json, '$.cycles_error_rows') AS cycles_error_rows,
       json_extract(r.config_json, '$.unvalidated_percent') AS unvalidated_percent,
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

-- Every simulated run beside every measured one of the same ELF, or, where the measurement names no ELF, of the
-- same variant of the network on the same platform. Per call; error_percent is (simulated - measured) / measured.
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
WHERE rs.kind IN ('iss', 'npu') AND m.seconds > 0 AND coalesce(json_extract(rs.config_json, '$.fits'), 1);
