// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B5.2.1 to B5.2.3: unprivileged code reads BASEPRI, PRIMASK and the stack pointers as zero, and its MSR and CPS do nothing; CONTROL can be read, APSR is open to it
// expect: 00000000 00000000 00000000 00000001 a0000000 00000010 00000000
#include "rule.inc"
    .global main
    .thumb_func
main: /* semihosting is not for unprivileged code in QEMU: SVC prints */
    movs r0, #0x10
    msr basepri, r0
    movs r0, #1
    msr control, r0
    isb
    mrs r4, basepri
    mrs r5, msp
    cpsid i
    movs r0, #0
    msr basepri, r0
    msr control, r0
    movs r0, #1
    msr primask, r0
    mrs r6, primask
    mrs r7, control
    and r7, #1
    mov r0, #0xa0000000
    msr apsr_nzcvq, r0
    mrs r8, apsr
    svc #0
    handler SVC_Handler
    print_hex r4
    print_hex r5
    print_hex r6
    print_hex r7
    print_hex r8
    mrs r4, basepri
    print_hex r4
    mrs r4, primask
    print_hex r4
    b end
