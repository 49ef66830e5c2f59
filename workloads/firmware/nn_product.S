@ nn_product_tiles(const uint32_t *pixels, const uint32_t *weights, const struct tiles *t)
@
@ For each of t->pairs pairs of pixels: 2 x 4 dot products of t->depth words (two int16 each), output stage, 8 bytes.
@ Registers: r0 pixels, r1 weights, r2-r5 operands, r6-r12 and lr the accumulators (even and odd pixel of channel 0, 1, 2, 3).
@ What else is needed rests in FPU registers:
@   s0 bytes of a pixel pair  s1 its end  s2 bytes skipped by the entry  s3 weights less the skip  s4 t  s5 entry
@   s6 out of the even pixel  s7 bytes from there to the odd one, and to the next pair  s9 end of all pixels
@   s10 shift, or one of each channel in a byte
@
@ Cortex-M4: loads in runs of 4 and 2, so that 6 of them cost 8 cycles: 16 cycles for 16 multiply-accumulates.
@ Cortex-M7: a load beside every multiply; both issue in one cycle. Every instruction is 32 bits wide and word aligned.
    .file "nn_product.S"
    .syntax unified
    .thumb

    .equ UNITS, 8 @ the loop and its output stage fit the 1 KiB of ART lines
    .equ UNIT_BYTES, 56

.macro unit n
#ifdef CORE_M7
    smlad.w r6, r2, r4, r6
    ldr.w   r5, [r1, #16 * \n + 4]
    smlad.w r7, r3, r4, r7
    ldr.w   r4, [r1, #16 * \n + 8]
    smlad.w r8, r2, r5, r8
    smlad.w r9, r3, r5, r9
    ldr.w   r5, [r1, #16 * \n + 12]
    smlad.w r10, r2, r4, r10
    smlad.w r11, r3, r4, r11
    ldr.w   r4, [r1, #16 * \n + 16]
    smlad.w r12, r2, r5, r12
    ldr.w   r2, [r0, #8 * \n + 8]
    smlad.w lr, r3, r5, lr
    ldr.w   r3, [r0, #8 * \n + 12]
#else
    ldr.w   r2, [r0, #8 * \n]
    ldr.w   r3, [r0, #8 * \n + 4]
    ldr.w   r4, [r1, #16 * \n]
    ldr.w   r5, [r1, #16 * \n + 4]
    smlad.w r6, r2, r4, r6
    smlad.w r7, r3, r4, r7
    smlad.w r8, r2, r5, r8
    smlad.w r9, r3, r5, r9
    ldr.w   r4, [r1, #16 * \n + 8]
    ldr.w   r5, [r1, #16 * \n + 12]
    smlad.w r10, r2, r4, r10
    smlad.w r11, r3, r4, r11
    smlad.w r12, r2, r5, r12
    smlad.w lr, r3, r5, lr
#endif
.endm

@ Multiply-add, shift and saturate two channels: accumulators \a \b and \c \d, constants at r1 + \at.
.macro scale a, b, c, d, at
    ldr.w   r2, [r1, #\at]
    ldr.w   r3, [r1, #\at + 4]
    ldr.w   r4, [r1, #\at + 8]
    ldr.w   r5, [r1, #\at + 12]
    smmlar  \a, \a, r2, r3
    smmlar  \b, \b, r2, r3
    smmlar  \c, \c, r4, r5
    smmlar  \d, \d, r4, r5
.endm

.macro saturate a
    asr.w   \a, \a, r4
    ssat    \a, #8, \a
.endm

@ Both pixels of a channel; constants at r1 + \at, the shift in the lowest byte of r4, which is turned to the next channel's.
.macro exact a, b, at
    ldr.w   r2, [r1, #\at]
    ldr.w   r3, [r1, #\at + 4]
    add.w   r5, r3, \a, asr #31
    lsl.w   \a, \a, #1
    add.w   r3, r3, \b, asr #31
    lsl.w   \b, \b, #1
    smmlar  \a, \a, r2, r5
    smmlar  \b, \b, r2, r3
    asr.w   \a, \a, r4
    asr.w   \b, \b, r4
    ssat    \a, #8, \a
    ssat    \b, #8, \b
    lsr.w   r4, r4, #8
.endm

.macro rectify a
    bic.w   \a, \a, \a, asr #31
.endm

    .section .text.nn_product_tiles, "ax"
    .global nn_product_tiles
    .type nn_product_tiles, %function
    .thumb_func
    .p2align 3
nn_product_tiles:
    push.w  {r4-r11, lr}
    vmov    s4, r2
    ldr.w   r3, [r2, #68]       @ depth in words
    rsb.w   r4, r3, #0
    and.w   r4, r4, #UNITS - 1  @ units skipped in the first round
    lsl.w   r5, r3, #3
    vmov    s0, r5
    add.w   r5, r5, r0
    vmov    s1, r5
    lsl.w   r5, r4, #3
    vmov    s2, r5
    sub.w   r5, r1, r4, lsl #4
    vmov    s3, r5
    adr.w   r5, .Lround
    movs.w  r6, #UNIT_BYTES
    mla     r5, r4, r6, r5
    orr.w   r5, r5, #1
    vmov    s5, r5
    ldr.w   r5, [r2, #56]
    vmov    s6, r5
    ldr.w   r5, [r2, #60]
    vmov    s7, r5
    ldr.w   r5, [r2, #64]
    vmov    r6, s0
    mla     r5, r5, r6, r0
    vmov    s9, r5
    ldr.w   r5, [r2, #48]
    vmov    s10, r5

.Lpair:
    vmov    r5, s4
    vmov    r2, s2
    ldr.w   r6, [r5, #0]
    ldr.w   r8, [r5, #4]
    ldr.w   r10, [r5, #8]
    ldr.w   r12, [r5, #12]
    sub.w   r0, r0, r2
    vmov    r1, s3
    mov.w   r7, r6
    mov.w   r9, r8
    mov.w   r11, r10
    mov.w   lr, r12
#ifdef CORE_M7
    add.w   r3, r0, r2          @ first operands, behind the skip
    add.w   r4, r1, r2, lsl #1
    ldr.w   r2, [r3]
    ldr.w   r3, [r3, #4]
    ldr.w   r4, [r4]
#endif
    vmov    r5, s5
    bx      r5

    .p2align 3
.Lround:
    .set i, 0
    .rept UNITS
    unit    i
    .set i, i + 1
    .endr
    add.w   r0, r0, #8 * UNITS
    vmov    r5, s1
    add.w   r1, r1, #16 * UNITS
    cmp.w   r0, r5
    bne.w   .Lround

    vmov    r5, s0              @ end of the next pair
    vmov    r1, s4
    add.w   r5, r5, r0
    vmov    s1, r5
    ldr.w   r2, [r1, #52]
    cmp.w   r2, #1
    bne.w   .Lother
    rectify r6
    rectify r7
    rectify r8
    rectify r9
    rectify r10
    rectify r11
    rectify r12
    rectify lr
.Lscale:
    scale   r6, r7, r8, r9, 16
    scale   r10, r11, r12, lr, 32
    vmov    r4, s10
    vmov    r2, s6
    vmov    r3, s7
    saturate r6
    saturate r7
    saturate r8
    saturate r9
    saturate r10
    saturate r11
    saturate r12
    saturate lr
.Lstore:
    strb.w  r6, [r2, #0]
    strb.w  r8, [r2, #1]
    strb.w  r10, [r2, #2]
    strb.w  r12, [r2, #3]
    add.w   r2, r2, r3
    vmov    r4, s9
    strb.w  r7, [r2, #0]
    strb.w  r9, [r2, #1]
    strb.w  r11, [r2, #2]
    strb.w  lr, [r2, #3]
    add.w   r2, r2, r3
    cmp.w   r0, r4
    vmov    s6, r2
    bne.w   .Lpair
    pop.w   {r4-r11, pc}

@ The output stage of .tflite files, as nn_times rounds: twice the sum times the multiplier has the first rounding, and a negative
@ one is lessened by 1 before the second, so that halves go away from zero. A channel's shift is a byte of s10.
.Lother:
    blo.w   .Lscale
    vmov    r4, s10
    exact   r6, r7, 16
    exact   r8, r9, 24
    exact   r10, r11, 32
    exact   r12, lr, 40
    vmov    r2, s6
    vmov    r3, s7
    b.w     .Lstore
    .size nn_product_tiles, . - nn_product_tiles
