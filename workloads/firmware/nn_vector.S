@ nn_vector_rows(const uint32_t *x, const int8_t *weights, const struct vector *v)
@
@ Sums of the products of one widened vector with v->groups groups of four rows of weights. A row is read as bytes, four at a time,
@ and widened on the way: each weight is used once, so that room for widened weights would not repay.
@ Registers: r0 x, r1-r4 the four rows, r5-r8 their sums, r9 and r10 x, r11, r12 and lr weights.
@ FPU registers: s0 x less the skip  s1 its end  s2 entry  s3 rows of the next group less the skip  s4 where sums go  s5 groups left
@   s6 bytes from a row to the next  s7 from a group to the next
    .file "nn_vector.S"
    .syntax unified
    .thumb

    .equ UNITS, 8 @ of four weights of each row
    .equ UNIT_BYTES, 88

.macro two_rows a, b
    sxtb16  lr, r11
    smlad   \a, lr, r9, \a
    sxtb16  lr, r12
    smlad   \b, lr, r9, \b
    sxtb16  r11, r11, ror #8
    smlad   \a, r11, r10, \a
    sxtb16  r12, r12, ror #8
    smlad   \b, r12, r10, \b
.endm

.macro unit n
    ldr.w   r9, [r0, #8 * \n]
    ldr.w   r10, [r0, #8 * \n + 4]
    ldr.w   r11, [r1, #4 * \n]
    ldr.w   r12, [r2, #4 * \n]
    two_rows r5, r6
    ldr.w   r11, [r3, #4 * \n]
    ldr.w   r12, [r4, #4 * \n]
    two_rows r7, r8
.endm

    .section .text.nn_vector_rows, "ax"
    .global nn_vector_rows
    .type nn_vector_rows, %function
    .thumb_func
    .p2align 3
nn_vector_rows:
    push.w  {r4-r11, lr}
    ldr.w   r3, [r2, #0]        @ bytes of a row that are read
    ldr.w   r4, [r2, #4]        @ from a row to the next
    ldr.w   r5, [r2, #8]        @ groups
    ldr.w   r6, [r2, #12]       @ sums
    vmov    s6, r4
    vmov    s5, r5
    vmov    s4, r6
    lsl.w   r4, r4, #2
    vmov    s7, r4
    add.w   r5, r0, r3, lsl #1
    vmov    s1, r5
    lsr.w   r3, r3, #2
    rsb.w   r3, r3, #0
    and.w   r3, r3, #UNITS - 1  @ units skipped in the first round
    sub.w   r0, r0, r3, lsl #3
    vmov    s0, r0
    sub.w   r1, r1, r3, lsl #2
    vmov    s3, r1
    adr.w   r5, .Lround
    movs.w  r6, #UNIT_BYTES
    mla     r5, r3, r6, r5
    orr.w   r5, r5, #1
    vmov    s2, r5

.Lgroup:
    vmov    r1, s3
    vmov    r4, s6
    vmov    r5, s7
    vmov    r0, s0
    add.w   r2, r1, r4
    add.w   r3, r2, r4
    add.w   r4, r3, r4
    add.w   r5, r1, r5
    vmov    s3, r5
    vmov    r9, s2
    mov.w   r5, #0
    mov.w   r6, #0
    mov.w   r7, #0
    mov.w   r8, #0
    bx      r9

    .p2align 3
.Lround:
    .set i, 0
    .rept UNITS
    unit    i
    .set i, i + 1
    .endr
    add.w   r0, r0, #8 * UNITS
    vmov    r9, s1
    add.w   r1, r1, #4 * UNITS
    add.w   r2, r2, #4 * UNITS
    add.w   r3, r3, #4 * UNITS
    cmp.w   r0, r9
    add.w   r4, r4, #4 * UNITS
    bne.w   .Lround

    vmov    r9, s4
    vmov    r10, s5
    str.w   r5, [r9, #0]
    str.w   r6, [r9, #4]
    str.w   r7, [r9, #8]
    str.w   r8, [r9, #12]
    add.w   r9, r9, #16
    vmov    s4, r9
    subs.w  r10, r10, #1
    vmov    s5, r10
    bne.w   .Lgroup
    pop.w   {r4-r11, pc}
    .size nn_vector_rows, . - nn_vector_rows
