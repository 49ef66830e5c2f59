@ expect: exit 0
@ In SRAM3 (0x20040000) the first load of a run waits one cycle for the bus matrix: 2 + 1 + 1, where SRAM1 takes 2 + 1.
@ Stores do not: STM of two words takes 1 + 2 in both.
    .include "probe.inc"
    watch
    ldr r4, =0x20000100
    ldr r5, =0x20040100
    begin
    ldr r1, [r4]
    ldr r2, [r4]
    cycles 3
    begin
    ldr r1, [r5]
    ldr r2, [r5]
    cycles 4
    begin
    stm r5, {r1, r2}
    cycles 3
    holds
