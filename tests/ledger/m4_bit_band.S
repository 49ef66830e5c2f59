@ expect: exit 0
@ A load of a bit of 0x20000100 through its alias, 0x22002000, takes the two cycles of a load, and gives the bit.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    ldr r4, =0x22002000
    movs r1, #1
    str r1, [r5]
    begin
    ldr r2, [r4]
    cycles 2
    cmp r2, #1
    beq 1f
    broken
1:  holds
