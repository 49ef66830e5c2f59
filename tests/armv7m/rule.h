/* What every fixture begins with. A fixture defines `main` and the handlers it needs (SVC_Handler, ...); main returns or
 * calls `end`. All other exceptions say which one came and end the program. FP is enabled.
 *   print "text"      prints the text
 *   print_hex rN      prints the register as 8 hexadecimal digits and a space
 * The vectors are at 0x08000000; the main stack ends at 0x20010000.
 * The macros keep all registers but use 40 bytes of the current stack and do not keep the flags. */
.syntax unified
    .thumb

    .equ ICSR, 0xe000ed04
    .equ AIRCR, 0xe000ed0c
    .equ SCR, 0xe000ed10
    .equ CCR, 0xe000ed14
    .equ SHPR1, 0xe000ed18
    .equ SHPR2, 0xe000ed1c
    .equ SHPR3, 0xe000ed20
    .equ SHCSR, 0xe000ed24
    .equ CFSR, 0xe000ed28
    .equ HFSR, 0xe000ed2c
    .equ DFSR, 0xe000ed30
    .equ MMFAR, 0xe000ed34
    .equ BFAR, 0xe000ed38
    .equ CPACR, 0xe000ed88
    .equ FPCCR, 0xe000ef34
    .equ FPCAR, 0xe000ef38
    .equ FPDSCR, 0xe000ef3c
    .equ NVIC_ISER, 0xe000e100
    .equ NVIC_ISPR, 0xe000e200
    .equ NVIC_IPR, 0xe000e400

    .macro print text
    push {r0, r1, r2, lr}
    adr r1, 900f
    bl rule_print
    pop {r0, r1, r2, lr}
    b 901f
    .balign 4
900:
    .asciz "\text"
    .balign 4
901:
    .endm

    .macro print_hex reg
    push {r0, r1, r2, lr}
    mov r0, \reg
    bl rule_hex
    pop {r0, r1, r2, lr}
    .endm

    .macro store address, value /* both constants; uses r0 and r1 */
    ldr r0, =\address
    ldr r1, =\value
    str r1, [r0]
    .endm

    .macro load reg, address
    ldr \reg, =\address
    ldr \reg, [\reg]
    .endm

    .macro handler name
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm
