@ expect: exit 3
@ Region 0, 1 KiB at 0x20000000, no access (AP 0), beside the default map: the load must fault.
    .include "probe.inc"
    ldr r0, =0xe000ed94
    ldr r1, =0x20000010     @ RBAR: address, VALID, region 0
    str r1, [r0, #8]
    ldr r1, =0x10000013     @ RASR: XN, size 2^10, enabled
    str r1, [r0, #12]
    movs r1, #5             @ CTRL: ENABLE, PRIVDEFENA
    str r1, [r0]
    dsb
    isb
    ldr r2, =0x20000100
    ldr r3, [r2]
    holds
