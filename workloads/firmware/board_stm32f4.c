/* STM32F407 at 168 MHz (STM32F4DISCOVERY) and STM32F412 at 100 MHz (NUCLEO-F412ZG), from the
 * internal 16 MHz RC. Sources: rm0090 (F407: PLL, wait states 3.5.1, voltage scale), rm0402 (F412),
 * um1472 and um1974 (pins), st-cmsis (bits). The discovery board does not wire its console pin to
 * the debug probe: connect PA2 to a serial adapter. Prefetch is on: F407 silicon of revision A
 * (REV_ID 0x1000) does not support it, all later ones do (es0182). */
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

#if defined BOARD_stm32f407
enum {
    CORE_HZ = 168000000,
    WAIT = 5,
    PLL_M = 8,
    PLL_N = 168,
    PLL_Q = 7,
    PPRE1 = 5 /* /4 */,
    PPRE2 = 4 /* /2 */,
    APB1_HZ = 42000000
};
enum { VOS = 1u << 14 };
#define CONSOLE 0x40004400u /* USART2, PA2, AF7 */
enum { CONSOLE_CLOCK = 17, CONSOLE_PORT = 'A', CONSOLE_PIN = 2, PIN_PORT = 'D', PIN = 12 };
#elif defined BOARD_stm32f412
enum {
    CORE_HZ = 100000000,
    WAIT = 3,
    PLL_M = 8,
    PLL_N = 100,
    PLL_Q = 5,
    PPRE1 = 4 /* /2 */,
    PPRE2 = 0,
    APB1_HZ = 50000000
};
enum { VOS = 3u << 14 };
#define CONSOLE 0x40004800u /* USART3, PD8, AF7 */
enum { CONSOLE_CLOCK = 18, CONSOLE_PORT = 'D', CONSOLE_PIN = 8, PIN_PORT = 'B', PIN = 0 };
#else
#error "board_stm32f4.c serves BOARD_stm32f407 and BOARD_stm32f412"
#endif

void board_init(void)
{
    RCC_APB1ENR |= 1u << 28; /* PWR */
    (void)RCC_APB1ENR;
    PWR_CR = (PWR_CR & ~(3u << 14)) | VOS; /* scale 1; takes effect when the PLL is on */

    RCC_CR |= 1u << 0; /* HSI */
    while (!(RCC_CR & 1u << 1))
        ;
    RCC_PLLCFGR =
        PLL_M | PLL_N << 6 | 0u << 16 /* P = 2 */ | 0u << 22 /* HSI */ | PLL_Q << 24 | 2u << 28;
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        ;
    while (!(PWR_CSR & 1u << 14)) /* VOSRDY */
        ;

    FLASH_ACR = 1u << 11 | 1u << 12;                 /* reset both ART caches while they are off */
    FLASH_ACR = WAIT | 1u << 8 | 1u << 9 | 1u << 10; /* prefetch, instruction and data cache */
    while ((FLASH_ACR & 15) != WAIT)
        ;
    RCC_CFGR = (RCC_CFGR & ~(15u << 4 | 7u << 10 | 7u << 13)) | PPRE1 << 10 | (uint32_t)PPRE2 << 13;
    RCC_CFGR = (RCC_CFGR & ~3u) | 2u; /* PLL */
    while ((RCC_CFGR >> 2 & 3) != 2)
        ;

    RCC_AHB1ENR |= 1u << (CONSOLE_PORT - 'A') | 1u << (PIN_PORT - 'A');
    RCC_APB1ENR |= 1u << CONSOLE_CLOCK;
    (void)RCC_APB1ENR;
    pin_output(GPIO(PIN_PORT), PIN, -1);
    USART_F4_BRR(CONSOLE) = (APB1_HZ + 115200 / 2) / 115200;
    USART_F4_CR1(CONSOLE) = 1u << 13 | 1u << 3; /* UE, TE; before the pin, which then starts high */
    pin_output(GPIO(CONSOLE_PORT), CONSOLE_PIN, 7);
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
