/* One polled transmitter, two register layouts: the USART of STM32F4 and the later one (F7, H7,
 * L4+). */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "fw.h"

#define USART_F4_SR(base) REG((base) + 0x00)
#define USART_F4_DR(base) REG((base) + 0x04)
#define USART_F4_BRR(base) REG((base) + 0x08)
#define USART_F4_CR1(base) REG((base) + 0x0C)

#define USART_CR1(base) REG((base) + 0x00)
#define USART_BRR(base) REG((base) + 0x0C)
#define USART_ISR(base) REG((base) + 0x1C)
#define USART_TDR(base) REG((base) + 0x28)

enum { USART_TXE = 1 << 7, USART_TC = 1 << 6 }; /* the same bits in SR and ISR */

/* Pin `pin` of the port at `gpio` becomes an output of alternate function `af` (0..15), or a plain
 * output (-1). */
static inline void pin_output(uint32_t gpio, unsigned pin, int af)
{
    REG(gpio + 0x08) |= 2u << 2 * pin; /* OSPEEDR: fast */
    if (af >= 0) {
        volatile uint32_t *afr = &REG(gpio + 0x20 + 4 * (pin / 8));
        *afr = (*afr & ~(15u << 4 * (pin % 8))) | (uint32_t)af << 4 * (pin % 8);
    }
    /* MODER */
    REG(gpio + 0x00) = (REG(gpio + 0x00) & ~(3u << 2 * pin)) | (af >= 0 ? 2u : 1u) << 2 * pin;
}

static inline void pin_write(uint32_t gpio, unsigned pin, int high)
{
    REG(gpio + 0x18) = 1u << (pin + (high ? 0 : 16)); /* BSRR */
}

/* SYS_EXIT_EXTENDED needs a newer host; SYS_EXIT with ADP_Stopped_ApplicationExit or RunTimeError
 * is known to all. */
static inline void semihosting_exit(int code)
{
    register uint32_t op __asm("r0") = 0x18;
    register uint32_t reason __asm("r1") = code ? 0x20023 : 0x20026;
    __asm volatile("bkpt 0xAB" : "+r"(op) : "r"(reason) : "memory");
}

/* A breakpoint without a debugger is a hard fault: ask DHCSR.C_DEBUGEN first. */
static inline int debugger_attached(void)
{
    return REG(0xE000EDF0) & 1;
}

#endif
