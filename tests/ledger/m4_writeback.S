@ expect: exit 0
@ With write-back of one base, loads do not chain: 3 x 2 cycles where 4 would do. Stores wait one cycle for the base of
@ the one before: 1 + 2 + 2.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    ldr r1, [r5], #4
    ldr r2, [r5], #4
    ldr r3, [r5], #4
    cycles 6
    begin
    str r1, [r5], #4
    str r2, [r5], #4
    str r3, [r5], #4
    cycles 5
    holds
