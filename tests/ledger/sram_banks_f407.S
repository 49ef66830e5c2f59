@ expect: exit 0
@ In SRAM2 (0x2001c000) the first load of a run and the first word of an STM wait one cycle for the bus matrix: 2 + 1 + 1,
@ and 1 + 2 + 1; a single store hides that. In SRAM1 they take 2 + 1 and 1 + 2.
    .include "probe.inc"
    watch
    ldr r4, =0x20000100
    ldr r5, =0x2001c100
    begin
    ldr r1, [r4]
    ldr r2, [r4]
    cycles 3
    begin
    stm r4, {r1, r2}
    cycles 3
    begin
    ldr r1, [r5]
    ldr r2, [r5]
    cycles 4
    begin
    stm r5, {r1, r2}
    cycles 4
    begin
    str r1, [r5]
    cycles 1
    holds
