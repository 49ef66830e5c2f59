-- Version 2 to 3: a cost carries the band that its energy may lie in. Of old rows it is not known.
ALTER TABLE cost ADD COLUMN pj_low REAL;
ALTER TABLE cost ADD COLUMN pj_high REAL;
DELETE FROM memo; -- of layers, without the band
PRAGMA user_version = 3;
