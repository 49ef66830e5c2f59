-- Version 1 to 2: the variant of the network is part of a run's identity. Old rows know as much of it as their
-- configuration says.
ALTER TABLE run ADD COLUMN width REAL CHECK (width > 0);
ALTER TABLE run ADD COLUMN shape TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN wbits INTEGER CHECK (wbits > 0);
ALTER TABLE run ADD COLUMN abits INTEGER CHECK (abits > 0);
ALTER TABLE run ADD COLUMN quant TEXT NOT NULL DEFAULT '';
UPDATE run SET width = CASE WHEN json_extract(config_json, '$.width') > 0 THEN CAST(json_extract(config_json, '$.width') AS REAL) END,
               wbits = CASE WHEN json_extract(config_json, '$.wbits') > 0 THEN CAST(json_extract(config_json, '$.wbits') AS INTEGER) END,
               abits = CASE WHEN json_extract(config_json, '$.abits') > 0 THEN CAST(json_extract(config_json, '$.abits') AS INTEGER) END,
               quant = coalesce(CAST(json_extract(config_json, '$.quantiser') AS TEXT), CAST(json_extract(config_json, '$.quant') AS TEXT), '');
PRAGMA user_version = 2;
