@ expect: exit 0
@ One cycle each for a product and a sum, one more when the sum takes the product (Cortex-M4 manual, 7.2.3); VLDR two,
@ also behind a load; 13 additions hide what VDIV runs on: 14 cycles.
    .include "probe.inc"
    .fpu fpv4-sp-d16
    ldr r0, =0xe000ed88     @ CPACR: CP10 and CP11
    mov r1, #0xf00000
    str r1, [r0]
    dsb
    isb
    watch
    ldr r5, =0x20000100
    vmov.f32 s1, #1.0
    vmov.f32 s2, #2.0
    begin
    vmul.f32 s0, s1, s2
    vadd.f32 s3, s1, s2
    cycles 2
    begin
    vmul.f32 s0, s1, s2
    vadd.f32 s3, s0, s2
    cycles 3
    begin
    ldr r1, [r5]
    vldr s4, [r5]
    cycles 4
    begin
    vdiv.f32 s0, s1, s2
    .rept 13
    adds r1, #1
    .endr
    vadd.f32 s3, s1, s2
    cycles 15
    holds
