-- Data traffic of a run by use of the memory: rodata are weights and tables, arena activations
SELECT substr(action, 1, instr(action, '.') - 1) AS part, substr(action, instr(action, '.') + 1) AS direction,
    sum(count) AS bytes
FROM tally
WHERE run = :run AND component = 'bytes'
GROUP BY 1, 2
ORDER BY 1, 2
