@ expect: exit 0
@ Two loads off one register pair when bit 2 of their addresses differs; off two registers they never do.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    ldr r4, =0x20000104
    begin
    ldr r1, [r5]
    ldr r2, [r5, #4]
    cycles 1
    begin
    ldr r1, [r5]
    ldr r2, [r5, #8]
    cycles 2
    begin
    ldr r1, [r5]
    ldr r2, [r4]
    cycles 2
    holds
