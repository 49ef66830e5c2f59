@ expect: exit 0
@ A loop whose branch is known to be taken takes a cycle a round: the addition and the branch that is foretold issue
@ together. So 40 rounds take 20 cycles more than 20, with the one misprediction at the end of both.
    .include "probe.inc"
    .macro loop n
    ldr r4, =\n
    bl time
    .endm
    watch
    loop 20
    loop 20
    mov r10, r0
    loop 40
    sub r0, r0, r10
    cmp r0, #20
    beq 1f
    broken
1:  holds
    .balign 8
    .thumb_func
time:
    begin
1:  subs r4, #1
    bne 1b
    elapsed
    bx lr
