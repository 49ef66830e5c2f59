@ Results of every timing class (isa/classes.def) to each kind of consumer, in straight line: `etinysim block` prints the
@ cycle in which each waits. A row: producer; consumer in the late ALU, in the early one (a shifted operand), an address.
.syntax unified
.thumb
.word 0x20001000, work + 1
.global work
.type work, %function
.thumb_func
work:
.macro integer op:vararg
    \op
    eor.w r1, r0, r9
    \op
    add.w r1, r8, r0, lsl #1
    \op
    ldr.w r1, [r0]
    nop.w
.endm
@ Consumers of an FP result: arithmetic, an addend, a store, a core register.
.macro single op:vararg
    \op
    vadd.f32 s4, s0, s9
    \op
    vfma.f32 s0, s8, s9
    \op
    vstr s0, [r8]
    \op
    vmov r1, s0
.endm
.macro double op:vararg
    \op
    vadd.f64 d2, d0, d5
    \op
    vfma.f64 d0, d4, d5
    \op
    vstr d0, [r8]
    \op
    vmov r1, r2, d0
.endm
    integer add.w r0,r8,r9
    integer orr.w r0,r8,r9
    integer mov.w r0,r8
    integer movt r0,#2
    integer lsl.w r0,r8,r9
    integer rev.w r0,r8
    integer clz r0,r8
    integer ubfx r0,r8,#1,#2
    integer bfi r0,r8,#1,#2
    integer uxtb.w r0,r8
    integer uxtab r0,r8,r9
    integer pkhbt r0,r8,r9
    integer ssat r0,#8,r8
    integer qadd r0,r8,r9
    integer sadd8 r0,r8,r9
    integer usada8 r0,r8,r9,r10
    integer mul r0,r8,r9
    integer mla r0,r8,r9,r10
    integer smull r0,r2,r8,r9
    integer smlal r0,r2,r8,r9
    integer smulbb r0,r8,r9
    integer smlabb r0,r8,r9,r10
    integer smlalbb r0,r2,r8,r9
    integer smuad r0,r8,r9
    integer smlad r0,r8,r9,r10
    integer smlald r0,r2,r8,r9
    integer smmul r0,r8,r9
    integer smmla r0,r8,r9,r10
    integer udiv r0,r8,r9
    integer ldr.w r0,[r8]
    integer ldrb.w r0,[r8]
    integer ldrd r0,r2,[r8]
    integer ldm.w r8,{r0,r2,r3}
    integer ldrex r0,[r8]
    integer strex r0,r9,[r8]
    integer mrs r0,primask
@ Without a result.
    cmp.w r8, r9
    str.w r0, [r8]
    strd r0, r1, [r8]
    stm.w r8, {r0, r1, r2}
    clrex
    pld [r8]
    beq.w work
    cbz r0, 1f
1:  it eq
    moveq r0, r1
    nop
    sev
    cpsid i
    msr primask, r0
    dsb
    isb
    push {r0, r1, r2, r3}
    ldr.w r1, [r8], #4
    ldr.w r1, [r8], #4
    str.w r1, [r8], #4
    str.w r1, [r8], #4
    str.w r1, [r8, r9]
    nop
    ldr.w r1, [pc, #8]
    ldr.w r1, [r8]
    single vadd.f32 s0,s8,s9
    single vmul.f32 s0,s8,s9
    single vmla.f32 s0,s8,s9
    single vfma.f32 s0,s8,s9
    single vdiv.f32 s0,s8,s9
    single vsqrt.f32 s0,s8
    single vcvt.f32.s32 s0,s8
    single vneg.f32 s0,s8
    single vmov.f32 s0,s8
    single vmov.f32 s0,#1.0
    single vmov s0,r8
    single vmov s0,s1,r8,r9
    single vldr s0,[r8]
    single vldm r8,{s0-s3}
    vcmp.f32 s8, s9
    vmrs apsr_nzcv, fpscr
    vmov r1, s8
    vmov r1, r2, s8, s9
    vstr s8, [r8]
    vstr d4, [r8]
    vldr d5, [r8]
    vstm r8, {s8-s11}
.if FPV5
    single vselge.f32 s0,s8,s9
    double vadd.f64 d0,d4,d5
    double vmul.f64 d0,d4,d5
    double vmla.f64 d0,d4,d5
    double vfma.f64 d0,d4,d5
    double vdiv.f64 d0,d4,d5
    double vsqrt.f64 d0,d4
    double vcvt.f64.s32 d0,s8
    double vneg.f64 d0,d4
    double vselge.f64 d0,d4,d5
    double vmov.f64 d0,d4
    double vmov.f64 d0,#1.0
    double vldr d0,[r8]
    double vldm r8,{d0-d2}
    vcmp.f64 d4, d5
    vmrs apsr_nzcv, fpscr
.endif
@ What ends a block comes last: each of these is charged as such.
    bl work
    bx r3
    ldr.w pc, [r8]
    pop {r4, pc}
    tbb [pc, r0]
    svc 0
    bkpt 1
    wfi
.size work, . - work
