-- The tables of etinysim's database, version 3 (PRAGMA user_version); the views are in views.sql. Columns are documented in
-- docs/schema.md. A change of a table is a new version with a script in migrations/.
-- Everything that happens is a tally row, everything it costs is a cost row; time and energy are their product.
PRAGMA application_id = 0x4554494e; -- "ETIN"
PRAGMA user_version = 3;

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
    started_at TEXT NOT NULL,
    -- which variant of the network: NULL or '' where that is not known
    width REAL CHECK (width > 0),
    shape TEXT NOT NULL DEFAULT '',
    wbits INTEGER CHECK (wbits > 0),
    abits INTEGER CHECK (abits > 0),
    quant TEXT NOT NULL DEFAULT ''
) STRICT;

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

-- Derived from scope.parent when a run is stored: `part` is `scope` or one of its descendants.
CREATE TABLE within (
    run INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    part INTEGER NOT NULL,
    PRIMARY KEY (run, scope, part),
    FOREIGN KEY (run, part) REFERENCES scope (run, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX within_part ON within (run, part);

CREATE TABLE tally (
    run INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    component TEXT NOT NULL,
    action TEXT NOT NULL,
    count INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (run, scope, component, action),
    FOREIGN KEY (run, scope) REFERENCES scope (run, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE cost (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    component TEXT NOT NULL,
    action TEXT NOT NULL,
    cycles REAL NOT NULL,
    pj REAL,
    source TEXT NOT NULL CHECK (source <> ''),
    -- the band that pj may lie in: NULL where that is not known
    pj_low REAL,
    pj_high REAL,
    PRIMARY KEY (run, component, action)
) STRICT, WITHOUT ROWID;

CREATE TABLE peak (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    scope INTEGER,
    part TEXT NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    FOREIGN KEY (run, scope) REFERENCES scope (run, id)
) STRICT;
CREATE INDEX peak_run ON peak (run, scope, part);

CREATE TABLE sample (
    run INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    rep INTEGER NOT NULL CHECK (rep >= 0),
    quantity TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (run, scope, quantity, rep),
    FOREIGN KEY (run, scope) REFERENCES scope (run, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- A point of a sweep, keyed by the hash of everything that decides its result; `run` only when it is done.
CREATE TABLE point (
    key TEXT NOT NULL PRIMARY KEY,
    sweep TEXT NOT NULL,
    params_json TEXT NOT NULL CHECK (json_valid(params_json)),
    state TEXT NOT NULL CHECK (state IN ('done', 'failed', 'unfit')),
    reason TEXT NOT NULL,
    run INTEGER REFERENCES run (id)
) STRICT;

-- Results of layers that several points share, by the hash of their content.
CREATE TABLE memo (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
