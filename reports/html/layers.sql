-- Layers (or functions that are scopes) directly below the root, in order of execution
SELECT seq, name, op, macs, calls, cycles, seconds, cycles_per_mac, read_bytes, write_bytes, energy_uj, energy_uj_low, energy_uj_high, energy_assumed
FROM layers WHERE run = :run AND op <> '' AND parent = (SELECT id FROM scope WHERE run = :run AND parent IS NULL) ORDER BY seq, scope
