@ expect: exit 0
@ A sum that takes a sum issues three cycles behind it (4 in all); VDIV holds the pipeline for 16 cycles, in which one
@ addition hides, but not a second one.
    .include "probe.inc"
    .fpu fpv5-d16
    ldr r0, =0xe000ed88     @ CPACR: CP10 and CP11
    mov r1, #0xf00000
    str r1, [r0]
    dsb
    isb
    watch
    vmov.f32 s1, #1.0
    vmov.f32 s2, #2.0
    begin
    vadd.f32 s0, s1, s2
    vadd.f32 s3, s0, s1
    cycles 4
    begin
    vdiv.f32 s0, s1, s2
    cycles 16
    begin
    vdiv.f32 s0, s1, s2
    adds r1, r2, r3
    cycles 16
    begin
    vdiv.f32 s0, s1, s2
    adds r1, r2, r3
    adds r4, r2, r3
    cycles 17
    holds
