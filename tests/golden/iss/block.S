@ One of each kind that `etinysim block` comments on: loads in a row, a dependent address, multiplications, a folded IT,
@ a division, a branch not taken, a return through the stack.
.syntax unified
.thumb
.word 0x20001000, work + 1 @ vector table: stack pointer and reset
.global work
.type work, %function
.thumb_func
work:
    push {r4, r5, lr}
    ldr r2, [r0]
    ldr r3, [r0, #4]
    add r0, r0, #8
    ldr r4, [r0]
    smlad r1, r2, r3, r1
    smlad r1, r3, r4, r1
    cmp r1, #0
    it lt
    rsblt r1, r1, #0
    udiv r5, r1, r2
    str r5, [r0, r2]
    beq work
    pop {r4, r5, pc}
.size work, . - work
