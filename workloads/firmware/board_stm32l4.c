/* STM32L4R5 (NUCLEO-L4R5ZI) and STM32L4R9 (32L4R9IDISCOVERY) at 120 MHz, range 1 boost, from the
 * internal 16 MHz RC. Sources: rm0432 (range 1 boost 5.1.8, wait states 3.3.3, PLL, LPUART baud
 * rate), um2179 and um2271 (pins), st-cmsis (addresses and bits). */
#include "console.h"

#define RCC 0x40021000u
#define RCC_CR REG(RCC + 0x00)
#define RCC_CFGR REG(RCC + 0x08)
#define RCC_PLLCFGR REG(RCC + 0x0C)
#define RCC_AHB2ENR REG(RCC + 0x4C)
#define RCC_APB1ENR1 REG(RCC + 0x58)
#define RCC_APB1ENR2 REG(RCC + 0x5C)
#define PWR_CR1 REG(0x40007000u)
#define PWR_CR2 REG(0x40007004u)
#define PWR_SR2 REG(0x40007014u)
#define PWR_CR5 REG(0x40007080u)
#define FLASH_ACR REG(0x40022000u)
#define GPIO(port) (0x48000000u + 0x400u * ((port) - 'A'))

enum { CORE_HZ = 120000000, WAIT = 5 };

#if defined BOARD_stm32l4r5
#define CONSOLE 0x40008000u /* LPUART1, PG7, AF8; port G has its own supply switch */
enum { CONSOLE_PORT = 'G', CONSOLE_PIN = 7, CONSOLE_AF = 8, PIN_PORT = 'B', PIN = 7 };
#elif defined BOARD_stm32l4r9
#define CONSOLE 0x40004400u /* USART2, PA2, AF7 */
enum { CONSOLE_PORT = 'A', CONSOLE_PIN = 2, CONSOLE_AF = 7, PIN_PORT = 'H', PIN = 4 };
#else
#error "board_stm32l4.c serves BOARD_stm32l4r5 and BOARD_stm32l4r9"
#endif

void board_init(void)
{
    RCC_APB1ENR1 |= 1u << 28; /* PWR */
    (void)RCC_APB1ENR1;
    PWR_CR1 = (PWR_CR1 & ~(3u << 9)) | 1u << 9; /* range 1 */
    while (PWR_SR2 & 1u << 10)                  /* VOSF */
        ;
    /* Into boost with the AHB at half the clock, which it leaves no sooner than 1 us after the
     * switch to the PLL. */
    RCC_CFGR = (RCC_CFGR & ~(15u << 4 | 7u << 8 | 7u << 11)) | 8u << 4;
    PWR_CR5 &= ~(1u << 8); /* R1MODE = 0: boost */

    RCC_CR |= 1u << 8; /* HSI16 */
    while (!(RCC_CR & 1u << 10))
        ;
    RCC_PLLCFGR = 2u | (4u - 1) << 4 | 60u << 8 | 0u << 25 /* R = 2 */ |
                  1u << 24; /* 16 / 4 * 60 / 2 = 120 MHz */
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        ;

    /* both caches are on out of reset, and may be reset only while off */
    FLASH_ACR &= ~(1u << 9 | 1u << 10);
    FLASH_ACR |= 1u << 11 | 1u << 12;
    FLASH_ACR = WAIT | 1u << 8 | 1u << 9 | 1u << 10;
    while ((FLASH_ACR & 15) != WAIT)
        ;
    RCC_CFGR = (RCC_CFGR & ~3u) | 3u; /* PLL */
    while ((RCC_CFGR >> 2 & 3) != 3)
        ;
    for (volatile int i = 0; i < 30; i++) /* more than 60 cycles at 60 MHz */
        ;
    RCC_CFGR &= ~(15u << 4);

    RCC_AHB2ENR |= 1u << (CONSOLE_PORT - 'A') | 1u << (PIN_PORT - 'A');
    (void)RCC_AHB2ENR;
    pin_output(GPIO(PIN_PORT), PIN, -1);
#if defined BOARD_stm32l4r5
    PWR_CR2 |= 1u << 9; /* IOSV: VDDIO2 is valid */
    RCC_APB1ENR2 |= 1u << 0;
    (void)RCC_APB1ENR2;
    USART_BRR(CONSOLE) = (uint32_t)((256ull * CORE_HZ + 115200 / 2) / 115200);
#else
    RCC_APB1ENR1 |= 1u << 17;
    (void)RCC_APB1ENR1;
    USART_BRR(CONSOLE) = (CORE_HZ + 115200 / 2) / 115200;
#endif
    USART_CR1(CONSOLE) = 1u << 3 | 1u << 0; /* TE, UE; before the pin, which then starts high */
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
    pin_write(GPIO(PIN_PORT), PIN, high);
}

void board_exit(int code)
{
    if (debugger_attached())
        semihosting_exit(code);
}
