@ expect: exit 0
@ Two loads of one bank take a cycle each. When both miss, the first waits BEAT cycles for its first beat; the three
@ further beats keep the bus for FURTHER cycles, of which one has passed when the second load issues: it waits
@ FURTHER - 1 + BEAT.
    .include "probe.inc"
    watch
    dcache
    ldr r5, =SRAM
    begin
    ldr r1, [r5]
    ldr r2, [r5, #32]
    cycles 2 + BEAT + (FURTHER - 1) + BEAT
    begin
    ldr r1, [r5]
    ldr r2, [r5, #32]
    cycles 2
    holds
