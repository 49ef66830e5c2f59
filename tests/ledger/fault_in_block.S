@ expect: exit 3, instructions 6
@ Six instructions, a load that no memory answers (0x60000000), seven more in the same straight run.
    .include "probe.inc"
    movs r0, #0x60
    lsls r0, r0, #24
    movs r1, #1
    movs r2, #2
    movs r3, #3
    movs r4, #4
    ldr r5, [r0]
    movs r1, #1
    movs r2, #2
    movs r3, #3
    movs r4, #4
    movs r5, #5
    movs r6, #6
    holds
