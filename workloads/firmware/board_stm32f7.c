/* STM32F746 at 216 MHz (NUCLEO-F746ZG), from the internal 16 MHz RC, over-drive on, both caches on.
 * Code runs from the AXI address of flash, where the L1 caches serve; ART only watches the ITCM
 * address, and stays off. Sources: rm0385 (PLL, over-drive 4.1.4, wait states 3.3.2), um1974
 * (pins), st-cmsis (bits). */
#include "console.h"

#define RCC 0x40023800u
#define RCC_CR REG(RCC + 0x00)
#define RCC_PLLCFGR REG(RCC + 0x04)
#define RCC_CFGR REG(RCC + 0x08)
#define RCC_AHB1ENR REG(RCC + 0x30)
#define RCC_APB1ENR REG(RCC + 0x40)
#define PWR_CR1 REG(0x40007000u)
#define PWR_CSR1 REG(0x40007004u)
#define FLASH_ACR REG(0x40023C00u)
#define GPIO(port) (0x40020000u + 0x400u * ((port) - 'A'))
#define CONSOLE 0x40004800u /* USART3, PD8, AF7 */

enum { CORE_HZ = 216000000, APB1_HZ = 54000000, WAIT = 7 };

void board_init(void)
{
    RCC_APB1ENR |= 1u << 28; /* PWR */
    (void)RCC_APB1ENR;
    PWR_CR1 |= 3u << 14; /* scale 1 */

    RCC_CR |= 1u << 0; /* HSI */
    while (!(RCC_CR & 1u << 1))
        ;
    RCC_PLLCFGR = 8u | 216u << 6 | 0u << 16 /* P = 2 */ | 0u << 22 /* HSI */ | 9u << 24 | 2u << 28;
    RCC_CR |= 1u << 24;
    PWR_CR1 |= 1u << 16; /* ODEN */
    while (!(PWR_CSR1 & 1u << 16))
        ;
    PWR_CR1 |= 1u << 17; /* ODSWEN */
    while (!(PWR_CSR1 & 1u << 17))
        ;
    while (!(RCC_CR & 1u << 25))
        ;
    while (!(PWR_CSR1 & 1u << 14)) /* VOSRDY */
        ;

    FLASH_ACR = WAIT;
    while ((FLASH_ACR & 15) != WAIT)
        ;
    RCC_CFGR = (RCC_CFGR & ~(15u << 4 | 7u << 10 | 7u << 13)) | 5u << 10 /* APB1 /4 */ |
               4u << 13 /* APB2 /2 */;
    RCC_CFGR = (RCC_CFGR & ~3u) | 2u; /* PLL */
    while ((RCC_CFGR >> 2 & 3) != 2)
        ;
    core_caches_enable();

    RCC_AHB1ENR |= 1u << 1 | 1u << 3; /* GPIOB, GPIOD */
    RCC_APB1ENR |= 1u << 18;          /* USART3 */
    (void)RCC_APB1ENR;
    pin_output(GPIO('B'), 0, -1);
    USART_BRR(CONSOLE) = (APB1_HZ + 115200 / 2) / 115200;
    USART_CR1(CONSOLE) = 1u << 3 | 1u << 0; /* TE, UE; before the pin, which then starts high */
    pin_output(GPIO('D'), 8, 7);
}

void board_clock(struct board_clock *c)
{
    uint32_t acr = FLASH_ACR, ccr = REG(0xE000ED14);
    *c = (struct board_clock){CORE_HZ,       CORE_HZ,       acr & 15,
                              ccr >> 17 & 1, ccr >> 16 & 1, acr >> 8 & 1};
}

void board_putc(char c)
{
    while (!(USART_ISR(CONSOLE) & USART_TXE))
        ;
    USART_TDR(CONSOLE) = (uint8_t)c;
}

void board_flush(void)
{
    while (!(USART_ISR(CONSOLE) & USART_TC))
        ;
}

void board_pin(int high)
{
    pin_write(GPIO('B'), 0, high);
}

void board_exit(int code)
{
    if (debugger_attached())
        semihosting_exit(code);
}
