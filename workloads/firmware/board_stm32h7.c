/* STM32H743 revision V at 480 MHz (NUCLEO-H743ZI2), from the internal 64 MHz RC, voltage scale 0 by
 * the LDO, caches on. Revision Y and older have no voltage scale 0: they run at 400 MHz in scale 1.
 * The AXI runs at half the core clock. Sources: rm0433 (supply configuration 6.4.1, VOS0 sequence
 * 6.6.2, PLL, wait states 4.3.8), es0392 (revision Y), um2407 (pins), st-cmsis (addresses and
 * bits). */
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
#define DBGMCU_IDCODE REG(0x5C001000u)
#define AXI_TARG7_FN_MOD REG(0x51008108u) /* AXI SRAM */
#define GPIO(port) (0x58020000u + 0x400u * ((port) - 'A'))
#define CONSOLE 0x40004800u /* USART3, PD8, AF7 */

enum { HSI_DIVIDED_HZ = 16000000, WRHIGHFREQ = 2 };

static int has_vos0(void) /* REV_ID: Z 0x1001, Y 0x1003, X 0x2001, V 0x2003 */
{
    return DBGMCU_IDCODE >> 16 >= 0x2000;
}

static uint32_t core_hz(void)
{
    return has_vos0() ? 480000000 : 400000000;
}

static void wait_vos_ready(void)
{
    while (!(PWR_D3CR & 1u << 13))
        ;
}

void board_init(void)
{
    /* LDO, no bypass: this first write unlocks the voltage scale */
    PWR_CR3 = (PWR_CR3 & ~1u) | 1u << 1;
    while (!(PWR_CSR1 & 1u << 13)) /* ACTVOSRDY */
        ;
    PWR_D3CR |= 3u << 14; /* VOS1 */
    wait_vos_ready();
    if (has_vos0()) {
        RCC_APB4ENR |= 1u << 1; /* SYSCFG */
        (void)RCC_APB4ENR;
        SYSCFG_PWRCR |= 1u; /* over-drive: VOS0 */
        wait_vos_ready();
    } else {
        AXI_TARG7_FN_MOD = 1; /* one read at a time: otherwise reads of AXI SRAM may be corrupted */
    }

    RCC_CR |= 1u << 0; /* HSI, 64 MHz */
    while (!(RCC_CR & 1u << 2))
        ;
    RCC_PLLCKSELR = (RCC_PLLCKSELR & ~(63u << 4 | 3u)) | 4u << 4; /* HSI / 4 = 16 MHz */
    /* 8-16 MHz, wide VCO, P only */
    RCC_PLLCFGR = (RCC_PLLCFGR & ~(15u | 7u << 16)) | 3u << 2 | 1u << 16;
    RCC_PLL1DIVR = (2 * core_hz() / HSI_DIVIDED_HZ - 1) | (2u - 1) << 9; /* 960 or 800 MHz / 2 */
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        ;

    uint32_t acr = (has_vos0() ? 4u : 2u) | WRHIGHFREQ << 4; /* AXI at 240 or 200 MHz */
    FLASH_ACR = acr;
    while ((FLASH_ACR & 0x3F) != acr)
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
    USART_BRR(CONSOLE) = (core_hz() / 4 + 115200 / 2) / 115200;
    USART_CR1(CONSOLE) = 1u << 3 | 1u << 0; /* TE, UE; before the pin, which then starts high */
    pin_output(GPIO('D'), 8, 7);
}

void board_clock(struct board_clock *c)
{
    uint32_t ccr = REG(0xE000ED14);
    *c = (struct board_clock){core_hz(),     core_hz() / 2, FLASH_ACR & 15,
                              ccr >> 17 & 1, ccr >> 16 & 1, 0};
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
