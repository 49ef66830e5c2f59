/* STM32H743 revision V at 480 MHz (NUCLEO-H743ZI2), from the internal 64 MHz RC, voltage scale 0 by the LDO, caches on.
 * Sources: rm0433 (supply configuration 6.4.1, VOS0 sequence 6.6.2, PLL, wait states 4.3.8), um2407 (pins). */
#include "console.h"

#define RCC 0x58024400u
#define RCC_CR REG(RCC + 0x00)
#define RCC_CFGR REG(RCC + 0x10)
#define RCC_D1CFGR REG(RCC + 0x18)
#define RCC_D2CFGR REG(RCC + 0x1C)
#define RCC_D3CFGR REG(RCC + 0x20)
#define RCC_PLLCKSELR REG(RCC + 0x28)
#define RCC_PLLCFGR REG(RCC + 0x2C)
#define RCC_PLL1DIVR REG(RCC + 0x30)
#define RCC_AHB4ENR REG(RCC + 0xE0)
#define RCC_APB1LENR REG(RCC + 0xE8)
#define RCC_APB4ENR REG(RCC + 0xF4)
#define PWR_CSR1 REG(0x58024804u)
#define PWR_CR3 REG(0x5802480Cu)
#define PWR_D3CR REG(0x58024818u)
#define SYSCFG_PWRCR REG(0x5800042Cu)
#define FLASH_ACR REG(0x52002000u)
#define GPIO(port) (0x58020000u + 0x400u * ((port) - 'A'))
#define CONSOLE 0x40004800u /* USART3, PD8, AF7 */

enum { CORE_HZ = 480000000, AXI_HZ = 240000000, APB1_HZ = 120000000, WAIT = 4, WRHIGHFREQ = 2 };

static void wait_vos_ready(void)
{
    while (!(PWR_D3CR & 1u << 13))
        ;
}

void board_init(void)
{
    PWR_CR3 = (PWR_CR3 & ~1u) | 1u << 1; /* LDO, no bypass: this first write unlocks the voltage scale */
    while (!(PWR_CSR1 & 1u << 13))       /* ACTVOSRDY */
        ;
    PWR_D3CR |= 3u << 14; /* VOS1 */
    wait_vos_ready();
    RCC_APB4ENR |= 1u << 1; /* SYSCFG */
    (void)RCC_APB4ENR;
    SYSCFG_PWRCR |= 1u; /* over-drive: VOS0 */
    wait_vos_ready();

    RCC_CR |= 1u << 0; /* HSI, 64 MHz */
    while (!(RCC_CR & 1u << 2))
        ;
    RCC_PLLCKSELR = (RCC_PLLCKSELR & ~(63u << 4 | 3u)) | 4u << 4;                 /* HSI / 4 = 16 MHz */
    RCC_PLLCFGR = (RCC_PLLCFGR & ~15u) | 3u << 2 | 1u << 16;                      /* 8-16 MHz, wide VCO, P on */
    RCC_PLL1DIVR = (60u - 1) | (2u - 1) << 9 | (4u - 1) << 16 | (2u - 1) << 24;   /* 960 MHz / 2 */
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        ;

    FLASH_ACR = WAIT | WRHIGHFREQ << 4;
    while ((FLASH_ACR & 0x3F) != (WAIT | WRHIGHFREQ << 4))
        ;
    RCC_D1CFGR = 8u | 4u << 4; /* AXI /2, APB3 /2 */
    RCC_D2CFGR = 4u << 4 | 4u << 8;
    RCC_D3CFGR = 4u << 4;
    RCC_CFGR = (RCC_CFGR & ~7u) | 3u; /* PLL1 */
    while ((RCC_CFGR >> 3 & 7) != 3)
        ;
    core_caches_enable();

    RCC_AHB4ENR |= 1u << 1 | 1u << 3; /* GPIOB, GPIOD */
    RCC_APB1LENR |= 1u << 18;         /* USART3 */
    (void)RCC_APB1LENR;
    pin_output(GPIO('B'), 0, -1);
    pin_output(GPIO('D'), 8, 7);
    USART_BRR(CONSOLE) = (APB1_HZ + 115200 / 2) / 115200;
    USART_CR1(CONSOLE) = 1u << 3 | 1u << 0; /* TE, UE */
}

void board_clock(struct board_clock *c)
{
    uint32_t ccr = REG(0xE000ED14);
    *c = (struct board_clock){ CORE_HZ, AXI_HZ, FLASH_ACR & 15, ccr >> 17 & 1, ccr >> 16 & 1, 0 };
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
