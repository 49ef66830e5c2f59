@ expect: exit 0
@ Nobody has written these words: on the part they hold anything, here zero.
    .include "probe.inc"
    ldr r0, =0x20000000
    ldr r2, =0x20004000
1:  ldr r1, [r0], #4
    cbz r1, 2f
    broken
2:  cmp r0, r2
    bne 1b
    holds
