/* STM32F4 from the internal 16 MHz RC, at the clocks, with the console and the pin of the board's
 * description. Sources: rm0090 (PLL, wait states 3.5.1, voltage scale), rm0402 (F412), um1472 and
 * um1974 (pins), st-cmsis (bits). STM32F4DISCOVERY does not wire its console pin to the debug
 * probe: connect PA2 to a serial adapter. Prefetch is on: F407 silicon of revision A (REV_ID
 * 0x1000) does not support it, all later ones do (es0182). */
#include "console.h"

#define RCC 0x40023800u
#define RCC_CR REG(RCC + 0x00)
#define RCC_PLLCFGR REG(RCC + 0x04)
#define RCC_CFGR REG(RCC + 0x08)
#define RCC_AHB1ENR REG(RCC + 0x30)
#define RCC_APB1ENR REG(RCC + 0x40)
#define PWR_CR REG(0x40007000u)
#define PWR_CSR REG(0x40007004u)
#define FLASH_ACR REG(0x40023C00u)
#define GPIO(port) (0x40020000u + 0x400u * ((port) - 'A'))

#ifndef CORE_HZ
#error "board_stm32f4.c takes its clocks, console and pin from the section `firmware` of a board"
#endif
enum { APB1_HZ = CORE_HZ / APB1_DIVIDER };

/* RCC_CFGR: 0xx is 1, 100 to 111 are 2 to 16. */
static uint32_t divider_bits(uint32_t divider)
{
    return divider == 1 ? 0 : divider == 2 ? 4 : divider == 4 ? 5 : divider == 8 ? 6 : 7;
}

void board_init(void)
{
    RCC_APB1ENR |= 1u << 28; /* PWR */
    (void)RCC_APB1ENR;
    PWR_CR = (PWR_CR & ~(3u << 14)) | VOLTAGE_SCALE << 14; /* takes effect when the PLL is on */

    RCC_CR |= 1u << 0; /* HSI */
    while (!(RCC_CR & 1u << 1))
        ;
    RCC_PLLCFGR =
        PLL_M | PLL_N << 6 | (PLL_P / 2 - 1u) << 16 | 0u << 22 /* HSI */ | PLL_Q << 24 | 2u << 28;
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        ;
    while (!(PWR_CSR & 1u << 14)) /* VOSRDY */
        ;

    FLASH_ACR = 1u << 11 | 1u << 12;                 /* reset both ART caches while they are off */
    FLASH_ACR = WAIT | 1u << 8 | 1u << 9 | 1u << 10; /* prefetch, instruction and data cache */
    while ((FLASH_ACR & 15) != WAIT)
        ;
    RCC_CFGR = (RCC_CFGR & ~(15u << 4 | 7u << 10 | 7u << 13)) | divider_bits(APB1_DIVIDER) << 10 |
               divider_bits(APB2_DIVIDER) << 13;
    RCC_CFGR = (RCC_CFGR & ~3u) | 2u; /* PLL */
    while ((RCC_CFGR >> 2 & 3) != 2)
        ;

    RCC_AHB1ENR |= 1u << (CONSOLE_PORT - 'A') | 1u << (PIN_PORT - 'A');
    RCC_APB1ENR |= 1u << CONSOLE_CLOCK;
    (void)RCC_APB1ENR;
    pin_output(GPIO(PIN_PORT), PIN, -1);
    USART_F4_BRR(CONSOLE) = (APB1_HZ + 115200 / 2) / 115200;
    USART_F4_CR1(CONSOLE) = 1u << 13 | 1u << 3; /* UE, TE; before the pin, which then starts high */
    pin_output(GPIO(CONSOLE_PORT), CONSOLE_PIN, CONSOLE_AF);
}

void board_clock(struct board_clock *c)
{
    uint32_t acr = FLASH_ACR;
    *c =
        (struct board_clock){CORE_HZ, CORE_HZ, acr & 15, acr >> 9 & 1, acr >> 10 & 1, acr >> 8 & 1};
}

void board_putc(char c)
{
    while (!(USART_F4_SR(CONSOLE) & USART_TXE))
        ;
    USART_F4_DR(CONSOLE) = (uint8_t)c;
}

void board_flush(void)
{
    while (!(USART_F4_SR(CONSOLE) & USART_TC))
        ;
}

void board_pin(int high)
{
    pin_write(GPIO(PIN_PORT), PIN, high);
}

void board_exit(int code)
{
    if (debugger_attached())
        semihosting_exit(code);
}
