@ nn_stem_tiles(const uint32_t *windows, const struct stem *s): one pooled pixel, all pairs of channels.
@
@ Registers: r0 windows, r1 weights, r2-r5 operands, r6-r9 accumulators of channel 0 (four windows), r10-r12 and lr of channel 1.
@ FPU registers: s0 end of the windows  s2 skip of the windows  s3 skip of the weights  s4 channel  s5 entry  s6 out
@   s7 weights  s9 pairs left  s10 shift  s11 relu  s12 windows
    .file "nn_stem_tiles.S"
    .syntax unified
    .thumb

    .equ UNITS, 7 @ half of the 28 taps of three channels: loop and output stage fit the 1 KiB of ART lines
    .equ UNIT_BYTES, 56

.macro unit n
#ifdef CORE_M7
    smlad.w r6, r2, r4, r6
    ldr.w   r3, [r0, #16 * \n + 4]
    smlad.w r10, r2, r5, r10
    ldr.w   r2, [r0, #16 * \n + 8]
    smlad.w r7, r3, r4, r7
    smlad.w r11, r3, r5, r11
    ldr.w   r3, [r0, #16 * \n + 12]
    smlad.w r8, r2, r4, r8
    smlad.w r12, r2, r5, r12
    ldr.w   r2, [r0, #16 * \n + 16]
    smlad.w r9, r3, r4, r9
    ldr.w   r4, [r1, #8 * \n + 8]
    smlad.w lr, r3, r5, lr
    ldr.w   r5, [r1, #8 * \n + 12]
#else
    ldr.w   r4, [r1, #8 * \n]
    ldr.w   r5, [r1, #8 * \n + 4]
    ldr.w   r2, [r0, #16 * \n]
    ldr.w   r3, [r0, #16 * \n + 4]
    smlad.w r6, r2, r4, r6
    smlad.w r10, r2, r5, r10
    smlad.w r7, r3, r4, r7
    smlad.w r11, r3, r5, r11
    ldr.w   r2, [r0, #16 * \n + 8]
    ldr.w   r3, [r0, #16 * \n + 12]
    smlad.w r8, r2, r4, r8
    smlad.w r12, r2, r5, r12
    smlad.w r9, r3, r4, r9
    smlad.w lr, r3, r5, lr
#endif
.endm

@ \a = max(\a, \b)
.macro greater a, b
    cmp.w   \a, \b
    it      lt
    movlt.w \a, \b
.endm

    .section .text.nn_stem_tiles, "ax"
    .global nn_stem_tiles
    .type nn_stem_tiles, %function
    .thumb_func
    .p2align 3
nn_stem_tiles:
    push.w  {r4-r11, lr}
    vmov    s12, r0
    ldr.w   r2, [r1, #0]
    vmov    s7, r2
    ldr.w   r2, [r1, #4]
    vmov    s4, r2
    ldr.w   r2, [r1, #8]
    vmov    s6, r2
    ldr.w   r2, [r1, #12]
    vmov    s9, r2
    ldr.w   r2, [r1, #20]
    vmov    s10, r2
    ldr.w   r2, [r1, #24]
    vmov    s11, r2
    ldr.w   r2, [r1, #16]
    add.w   r3, r0, r2, lsl #4
    vmov    s0, r3
    @ units skipped in the first round: (-depth) mod UNITS
    movs.w  r3, #UNITS
    udiv    r4, r2, r3
    mls     r4, r4, r3, r2      @ depth mod UNITS
    subs.w  r4, r3, r4
    cmp.w   r4, #UNITS
    it      eq
    moveq.w r4, #0
    lsl.w   r5, r4, #4
    vmov    s2, r5
    lsl.w   r5, r4, #3
    vmov    s3, r5
    adr.w   r5, .Lround
    movs.w  r6, #UNIT_BYTES
    mla     r5, r4, r6, r5
    orr.w   r5, r5, #1
    vmov    s5, r5

.Lpair:
    vmov    r5, s4
    vmov    r0, s12
    vmov    r1, s7
    ldr.w   r6, [r5, #0]
    ldr.w   r10, [r5, #16]
#ifdef CORE_M7
    ldr.w   r2, [r0]
    ldr.w   r4, [r1]
    ldr.w   r5, [r1, #4]
    vmov    r3, s2
    sub.w   r0, r0, r3
    vmov    r3, s3
    sub.w   r1, r1, r3
    vmov    r3, s5
#else
    vmov    r2, s2
    vmov    r3, s3
    sub.w   r0, r0, r2
    sub.w   r1, r1, r3
    vmov    r3, s5
#endif
    mov.w   r7, r6
    mov.w   r8, r6
    mov.w   r9, r6
    mov.w   r11, r10
    mov.w   r12, r10
    mov.w   lr, r10
    bx      r3

    .p2align 3
.Lround:
    .set i, 0
    .rept UNITS
    unit    i
    .set i, i + 1
    .endr
    add.w   r0, r0, #16 * UNITS
    vmov    r3, s0
    add.w   r1, r1, #8 * UNITS
    cmp.w   r0, r3
    bne.w   .Lround

    vmov    s7, r1
    greater r6, r7
    greater r8, r9
    greater r10, r11
    greater r12, lr
    greater r6, r8
    greater r10, r12
    vmov    r1, s4
    vmov    r0, s11
    ldr.w   r2, [r1, #4]
    ldr.w   r3, [r1, #8]
    ldr.w   r4, [r1, #12]
    ldr.w   r5, [r1, #20]
    ldr.w   r7, [r1, #24]
    ldr.w   r8, [r1, #28]
    eor.w   r6, r6, r2
    sub.w   r6, r6, r2
    eor.w   r10, r10, r5
    sub.w   r10, r10, r5
    cmp.w   r0, #0
    beq.w   1f
    bic.w   r6, r6, r6, asr #31
    bic.w   r10, r10, r10, asr #31
1:  smmlar  r6, r6, r3, r4
    smmlar  r10, r10, r7, r8
    vmov    r2, s10
    vmov    r3, s6
    asr.w   r6, r6, r2
    asr.w   r10, r10, r2
    ssat    r6, #8, r6
    ssat    r10, #8, r10
    strb.w  r6, [r3, #0]
    strb.w  r10, [r3, #1]
    add.w   r3, r3, #2
    vmov    s6, r3
    add.w   r1, r1, #32
    vmov    s4, r1
    vmov    r2, s9
    subs.w  r2, r2, #1
    vmov    s9, r2
    bne.w   .Lpair
    pop.w   {r4-r11, pc}
    .size nn_stem_tiles, . - nn_stem_tiles
