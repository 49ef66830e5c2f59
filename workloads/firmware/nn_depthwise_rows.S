@ Inner loops of nn_depthwise.c. nn_depthwise_gather widens an input row into the rings. The macro `rows` defines a function
@ `void NAME(const struct rows *r)` that makes an output row of all channels of a block from the rings. A build includes this file
@ and defines the functions that its layers take, each with its shift inside an instruction.
@
@ Registers: r0 ring, r4-r9 taps (0,1) and (1,2) of slots 0, 1, 2, r12 and lr accumulators. The five registers A-C, X, Y hold the
@ current pair of columns of the three slots and the next one; two steps bring the roles back:
@   before step a: slots in A B C;  before step b: slots in X Y A.
@ An even output is SMLAD(pair, taps01) + SMLABT(next, taps12), an odd one SMLATB(pair, taps01) + SMLAD(next, taps12): no packing.
@ FPU registers: s0 bias  s1 mult  s2 off  s3 shift  s4 step  s5 out  s6 end of the paired outputs  s7 ring  s8 channel
@   s9 channels left  s10 turn  s11 out of this channel  s12 bytes of the paired outputs  s13 steps  s14 1 = single output left
@   s15 bytes to the ring of the next group
    .file "nn_depthwise_rows.S"
    .syntax unified
    .thumb

#define A r1
#define B r2
#define C r3
#define X r10
#define Y r11

.macro taps cur, next, w01, w12, odd
    smlad   r12, \cur, \w01, r12
    smlabt  r12, \next, \w12, r12
    .if \odd
    smlatb  lr, \cur, \w01, lr
    smlad   lr, \next, \w12, lr
    .endif
.endm

.macro first_taps cur, next, w01, w12, odd, bias
    .if \bias
    vmov    r12, s0
    .if \odd
    vmov    lr, s0
    .endif
    taps    \cur, \next, \w01, \w12, \odd
    .else
    smuad   r12, \cur, \w01
    smlabt  r12, \next, \w12, r12
    .if \odd
    smultb  lr, \cur, \w01
    smlad   lr, \next, \w12, lr
    .endif
    .endif
.endm

.macro step_a at, odd, bias
    ldr.w   X, [r0, #\at]
    ldr.w   Y, [r0, #\at + 16]
    first_taps A, X, r4, r5, \odd, \bias
    taps    B, Y, r6, r7, \odd
    ldr.w   A, [r0, #\at + 32]
    taps    C, A, r8, r9, \odd
.endm

.macro step_b at, odd, bias
    ldr.w   B, [r0, #\at + 16]
    ldr.w   C, [r0, #\at + 32]
    first_taps Y, B, r6, r7, \odd, \bias
    taps    A, C, r8, r9, \odd
    ldr.w   A, [r0, #\at]
    taps    X, A, r4, r5, \odd
.endm

@ The first rounding of .tflite files: the sum, doubled by doubled taps, times \m, halves upwards. A negative one is lessened by 1, so
@ that the second rounding, which goes upwards, takes halves away from zero. Spends \offset.
.macro rounded a, m, offset
    add.w   \offset, \offset, \a, asr #31
    smmlar  \a, \a, \m, \offset
.endm

.macro saturate a, shift
    .if \shift
    ssat    \a, #8, \a, asr #\shift
    .else
    ssat    \a, #8, \a
    .endif
.endm

@ Output stage of r12 (and lr); \t and \u are free. relu 2: that of .tflite files, with a shift of the channel's own instead of \shift.
@ Leaves the address behind the outputs in \t.
.macro finish t, u, odd, relu, shift
    vmov    \t, s1
    vmov    \u, s2
    .if \relu == 2
    rounded r12, \t, \u
    .if \odd
    vmov    \u, s2
    rounded lr, \t, \u
    .endif
    .else
    .if \relu
    bic.w   r12, r12, r12, asr #31
    .if \odd
    bic.w   lr, lr, lr, asr #31
    .endif
    .endif
    smmlar  r12, r12, \t, \u
    .if \odd
    smmlar  lr, lr, \t, \u
    .endif
    .endif
    .if \relu == 2
    vmov    \t, s3
    asr.w   r12, r12, \t
    .if \odd
    asr.w   lr, lr, \t
    .endif
    .endif
    vmov    \u, s4
    vmov    \t, s5
    saturate r12, \shift
    .if \odd
    saturate lr, \shift
    .endif
    strb.w  r12, [\t]
    .if \odd
    strb.w  lr, [\t, \u]
    add.w   \t, \t, \u, lsl #1
    .else
    add.w   \t, \t, \u
    .endif
    vmov    s5, \t
.endm

@ odd: outputs in pairs, stride 1; bias, relu: 1 or 0; relu 2 and shift 0: the output stage of .tflite files.
.macro rows name, odd, bias, relu, shift
    .section .text.\name, "ax"
    .global \name
    .type \name, %function
    .thumb_func
    .p2align 3
\name:
    push.w  {r4-r11, lr}
    ldr.w   r1, [r0, #0]
    vmov    s8, r1
    ldr.w   r1, [r0, #4]
    vmov    s7, r1
    ldr.w   r1, [r0, #8]
    vmov    s11, r1
    ldr.w   r1, [r0, #12]
    vmov    s9, r1
    ldr.w   r2, [r0, #16]
    vmov    s4, r2
    ldr.w   r1, [r0, #20]
    .if \odd
    and.w   r3, r1, #1
    vmov    s14, r3
    lsr.w   r1, r1, #1
    vmov    s13, r1             @ pairs of outputs
    mul     r2, r2, r1
    lsl.w   r2, r2, #1
    .else
    vmov    s13, r1
    mul     r2, r2, r1
    .endif
    vmov    s12, r2
    ldr.w   r1, [r0, #24]
    vmov    s10, r1
    ldr.w   r1, [r0, #28]
    vmov    s15, r1

.L\name\()_channel:
    vmov    r0, s8
    vmov    r1, s10
    add.w   r1, r1, r0
    add.w   r2, r0, #40
    add.w   r0, r0, #80
    ldm.w   r1, {r4-r9}
    .if \relu == 2
    vldm    r2, {s0-s2}
    vldr    s3, [r2, #24]
    .else
    vldm    r2, {s0-s2}
    .endif
    vmov    s8, r0
    vmov    r0, s7
    vmov    r2, s15
    add.w   r1, r0, #4
    tst.w   r1, #15
    it      eq
    addeq.w r1, r1, r2
    vmov    s7, r1
    vmov    r2, s11
    vmov    s5, r2
    vmov    r3, s12
    add.w   r3, r3, r2
    vmov    s6, r3
    add.w   r2, r2, #1
    vmov    s11, r2
    vmov    r12, s13
    tst.w   r12, #1
    bne.w   .L\name\()_enter_b
    ldr.w   A, [r0, #0]
    ldr.w   B, [r0, #16]
    ldr.w   C, [r0, #32]
    cmp.w   r12, #0
    bne.w   .L\name\()_a
    b.w     .L\name\()_single

.L\name\()_enter_b:
    ldr.w   X, [r0, #0]
    ldr.w   Y, [r0, #16]
    ldr.w   A, [r0, #32]
    sub.w   r0, r0, #48
    b.w     .L\name\()_b

    .p2align 3
.L\name\()_a:
    step_a  48, \odd, \bias
    finish  B, C, \odd, \relu, \shift
.L\name\()_b:
    step_b  96, \odd, \bias
    finish  X, Y, \odd, \relu, \shift
    vmov    Y, s6
    add.w   r0, r0, #96
    cmp.w   X, Y
    bne.w   .L\name\()_a

.L\name\()_single:
    .if \odd
    vmov    X, s14
    cmp.w   X, #0
    beq.w   .L\name\()_next
    step_a  48, 0, \bias
    finish  B, C, 0, \relu, \shift
    .endif
.L\name\()_next:
    vmov    r0, s9
    subs.w  r0, r0, #1
    vmov    s9, r0
    bne.w   .L\name\()_channel
    pop.w   {r4-r11, pc}
    .size \name, . - \name
.endm

@ r0 input, r1 step, r2 ring, r3 and r11 minus the zero points of channels 0, 2 and 1, 3, r4 pairs left, r5 left pixel, r6 right
@ pixel, r7-r10 widened, r12 gather, lr the zero points in bytes
.macro put
    sxtab16 r7, r3, r5
    sxtab16 r8, r11, r5, ror #8
    sxtab16 r9, r3, r6
    sxtab16 r10, r11, r6, ror #8
    pkhbt   r5, r7, r9, lsl #16
    pkhbt   r6, r8, r10, lsl #16
    pkhtb   r7, r9, r7, asr #16
    pkhtb   r8, r10, r8, asr #16
    str.w   r5, [r2]
    str.w   r6, [r2, #4]
    str.w   r7, [r2, #8]
    str.w   r8, [r2, #12]
.endm

    .section .text.nn_depthwise_gather, "ax"
    .global nn_depthwise_gather
    .type nn_depthwise_gather, %function
    .thumb_func
    .p2align 3
nn_depthwise_gather:
    push.w  {r4-r11, lr}
    mov.w   r12, r0
    ldr.w   r1, [r12, #8]
    ldr.w   r0, [r12, #32]
    vmov    s3, r0              @ channel
    ldr.w   r0, [r12, #12]
    vmov    s0, r0              @ groups left
    ldr.w   r0, [r12]
    vmov    s1, r0
    ldr.w   r2, [r12, #4]
    vmov    s2, r2

.Lgroup:
    vmov    r5, s3
    ldrd    r3, r11, [r5, #52]
    ldr.w   lr, [r5, #60]
    add.w   r5, r5, #320
    vmov    s3, r5
    ldr.w   r4, [r12, #24]
    ldr.w   r5, [r12, #20]
    cmp.w   r5, #0
    beq.w   1f
    mov.w   r5, lr
    ldr.w   r6, [r0]
    add.w   r0, r0, r1
    put
    add.w   r2, r2, #48
1:  cmp.w   r4, #0
    beq.w   3f
    .p2align 3
2:  ldr.w   r5, [r0]
    ldr.w   r6, [r0, r1]
    subs.w  r4, r4, #1
    add.w   r0, r0, r1, lsl #1
    put
    add.w   r2, r2, #48
    bne.w   2b
3:  ldr.w   r5, [r12, #28]
    cmp.w   r5, #0
    beq.w   4f
    ldr.w   r5, [r0]
    mov.w   r6, lr
    put
4:  vmov    r0, s1
    vmov    r2, s2
    ldr.w   r5, [r12, #16]
    vmov    r4, s0
    add.w   r0, r0, #4
    add.w   r2, r2, r5
    vmov    s1, r0
    vmov    s2, r2
    subs.w  r4, r4, #1
    vmov    s0, r4
    bne.w   .Lgroup
    pop.w   {r4-r11, pc}
    .size nn_depthwise_gather, . - nn_depthwise_gather
