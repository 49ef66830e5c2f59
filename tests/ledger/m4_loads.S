@ expect: exit 0
@ n loads in a row take n + 1 cycles (Cortex-M4 manual, 3.3.2), but a load whose address the one before it brought waits
@ for it: two cycles each.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    str r5, [r5]
    begin
    ldr r1, [r5]
    ldr r2, [r5, #4]
    ldr r3, [r5, #8]
    cycles 4
    begin
    ldr r1, [r5]
    ldr r2, [r1]
    cycles 4
    holds
