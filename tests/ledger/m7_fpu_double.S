@ expect: exit 0
@ In double precision VADD takes 2 cycles, VMUL 5, VFMA 7 and VDIV 30.
    .include "probe.inc"
    .fpu fpv5-d16
    ldr r0, =0xe000ed88     @ CPACR: CP10 and CP11
    mov r1, #0xf00000
    str r1, [r0]
    dsb
    isb
    watch
    vmov.f64 d1, #1.0
    vmov.f64 d2, #2.0
    begin
    vadd.f64 d0, d1, d2
    cycles 2
    begin
    vmul.f64 d0, d1, d2
    cycles 5
    begin
    vfma.f64 d0, d1, d2
    cycles 7
    begin
    vdiv.f64 d0, d1, d2
    cycles 30
    holds
