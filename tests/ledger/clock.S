@ expect: exit 0
@ PLL from HSI: 16 MHz / 16 x 192 / 2 = 96 MHz, for which FLASH_ACR would need wait states. Code is read all the same; the
@ test looks for the clock and for a warning.
    .include "probe.inc"
    ldr r0, =0x40023800
    ldr r1, =0x04003010     @ RCC_PLLCFGR
    str r1, [r0, #4]
    ldr r1, [r0]
    orr r1, r1, #0x1000000  @ RCC_CR.PLLON
    str r1, [r0]
1:  ldr r1, [r0]
    tst r1, #0x2000000
    beq 1b
    movs r1, #2             @ RCC_CFGR.SW: PLL
    str r1, [r0, #8]
    .rept 16
    nop
    .endr
    holds
