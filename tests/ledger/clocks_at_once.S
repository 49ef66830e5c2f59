@ expect: exit 0
@ The crystal is ready (RCC_CR bit 17) in the first read after its switch (bit 16); on the part it takes milliseconds.
    .include "probe.inc"
    ldr r0, =0x40023800
    ldr r1, [r0]
    orr r1, r1, #0x10000
    str r1, [r0]
    ldr r1, [r0]
    tst r1, #0x20000
    bne 1f
    broken
1:  holds
