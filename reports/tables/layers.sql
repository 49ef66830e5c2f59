-- Per layer: time, work and data traffic
-- @ seq Seq - 1 0 wide
-- @ name Layer - 1 0
-- @ op Operation - 1 0
-- @ inside Inside - 1 0 any
-- @ macs MACs - 1 0 sum
-- @ cycles Cycles - 1 0 sum
-- @ seconds Time ms 1e3 3 sum
-- @ instructions Instructions - 1 0 sum wide
-- @ cycles_per_mac Cycles/MAC - 1 3
-- @ reads Reads - 1 0 sum wide
-- @ read_bytes Read KiB 9.765625e-4 1 sum wide
-- @ writes Writes - 1 0 sum wide
-- @ write_bytes Written KiB 9.765625e-4 1 sum wide
-- @ energy_uj Energy uJ 1 1 sum band
SELECT seq, name, op, (SELECT s.name FROM scope s WHERE s.run = l.run AND s.id = l.parent AND s.parent IS NOT NULL) AS inside, macs, cycles, seconds, instructions, cycles_per_mac, reads, read_bytes, writes, write_bytes, energy_uj, energy_uj_low, energy_uj_high, energy_assumed
FROM layers l WHERE run = :run AND op <> '' ORDER BY seq, scope
