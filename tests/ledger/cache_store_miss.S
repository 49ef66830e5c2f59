@ expect: exit 0
@ Eight stores to one line that the cache does not hold take a cycle each. Behind two of them (and an addition that issues
@ with the second) a load misses at the third cycle: it waits until the bus has ended the stores' fill, BEAT + FURTHER - 2
@ cycles, and BEAT for its own.
    .include "probe.inc"
    watch
    dcache
    ldr r5, =SRAM
    begin
    .rept 8
    str r1, [r5]
    .endr
    cycles 8
    ldr r5, =SRAM + 64
    begin
    str r1, [r5]
    str r1, [r5]
    adds r3, #1
    ldr r2, [r5, #32]
    cycles 3 + (BEAT + FURTHER - 2) + BEAT
    holds
