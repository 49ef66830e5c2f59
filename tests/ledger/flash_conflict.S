@ expect: exit 0, text 0x20000400
@ No wait states, DCEN: 512 loads that each miss the data lines take 512 x 0.082 = 42 cycles more than 512 loads of one line.
    .include "probe.inc"
    watch
    flash DCEN
    ldr r5, =0x08001000
    ldr r10, =512
    begin
1:  ldr r1, [r5], #0
    subs r10, #1
    bne 1b
    elapsed
    mov r4, r0
    ldr r10, =512
    begin
1:  ldr r1, [r5], #16
    subs r10, #1
    bne 1b
    elapsed
    subs r0, r0, r4
    cmp r0, #42
    beq 1f
    broken
1:  holds
