/* What start-up code and drivers look at beside the big peripherals: identity, reset flags,
 * watchdogs, pins, and flags that polling waits for. -DFAMILY as in serial.c; -DDOG: which watchdog
 * is left alone (1 independent, 2 window, 3 too early); -DASLEEP: it waits asleep. */
#include "guest.h"

#if FAMILY == 2
enum {
    FLASH_SIZE = 0x1fff7a22,
    UID = 0x1fff7a10,
    RESETS = 0x40023874,
    RMVF = 24,
    GPIO = 0x40020000,
    I2C = 0x40005400,
    ADC = 0x40012000,
    SPI_SR = 0x40013008
};
#elif FAMILY == 4
enum {
    FLASH_SIZE = 0x1fff75e0,
    UID = 0x1fff7590,
    RESETS = 0x40021094,
    RMVF = 23,
    GPIO = 0x48000000,
    I2C = 0x40005400,
    ADC = 0x50040000,
    SPI_SR = 0x40013008
};
#elif FAMILY == 7
enum {
    FLASH_SIZE = 0x1ff0f442,
    UID = 0x1ff0f420,
    RESETS = 0x40023874,
    RMVF = 24,
    GPIO = 0x40020000,
    I2C = 0x40005400,
    ADC = 0x40012000,
    SPI_SR = 0x40013008
};
#else
enum {
    FLASH_SIZE = 0x1ff1e880,
    UID = 0x1ff1e800,
    RESETS = 0x580244d0,
    RMVF = 16,
    GPIO = 0x58020000,
    I2C = 0x40005400,
    ADC = 0x40022000,
    SPI_SR = 0x40013014
};
#endif
#if FAMILY == 8
enum { IWDG = 0x58004800, WWDG = 0x50003000, WDGTB = 11, RTC_ISR = 0x5800400c };
#else
enum { IWDG = 0x40003000, WWDG = 0x40002c00, WDGTB = 7, RTC_ISR = 0x4000280c };
#endif

static volatile uint32_t early;
void IRQ_Handler(void)
{
    early++;
    REG(WWDG + 8) = 0;
    REG(WWDG) = 0x7f;
}

static void spend(uint32_t cycles)
{
    uint32_t start = DWT_CYCCNT;
    while (DWT_CYCCNT - start < cycles)
        ;
}

static void wait(uint32_t reg, uint32_t bits)
{
    while ((REG(reg) & bits) != bits)
        ;
}

static void i2c(void)
{
#if FAMILY == 2
    REG(I2C) |= 1 << 8;
    wait(I2C + 0x14, 1);
    REG(I2C + 0x10) = 0xa0;
    wait(I2C + 0x14, 1 << 10);
    REG(I2C) |= 1 << 9;
    say_number("i2c ", REG(I2C + 0x14), 16);
#else
    REG(I2C + 4) = 0xa0 | 1 << 13 | 1 << 16 | 1 << 25;
    wait(I2C + 0x18, 1 << 4 | 1 << 5);
    REG(I2C + 4) = 0;
    say_number("i2c ", REG(I2C + 0x18) & 0x30, 16);
#endif
}

static void adc(void)
{
#if FAMILY == 2 || FAMILY == 7
    REG(ADC + 8) = 1;
    REG(ADC + 8) |= 1 << 30;
    wait(ADC, 2);
#else
    REG(ADC + 8) = 1u << 31;
    while (REG(ADC + 8) >> 31)
        ;
    REG(ADC + 8) = 1;
    wait(ADC, 1);
    REG(ADC + 8) |= 4;
    wait(ADC, 4);
    REG(ADC) = 4;
    say_number("adc ", REG(ADC) & 4, 10);
    REG(ADC + 8) |= 2;
    while (REG(ADC + 8) & 1)
        ;
#endif
}

static inline void independent(void)
{
    REG(IWDG) = 0xcccc;
    REG(IWDG) = 0x5555;
    REG(IWDG + 4) = 0;
    REG(IWDG + 8) = 31; /* 32 counts of 4 / 32 kHz: 4 ms */
    wait(IWDG + 0xc, 0);
    REG(IWDG) = 0xaaaa;
}

static inline void window(void)
{
    NVIC_ISER[0] = 1;
    REG(WWDG + 4) = 1 << 9 | 1u << WDGTB | 0x5f;
    REG(WWDG) = 1 << 7 | 0x5f; /* 31 counts of 8192 until the early interrupt */
}

int main(void)
{
    DEMCR |= 1 << 24;
    DWT_CTRL |= 1;
    REG(0xe0001020) = 0x1234; /* DWT_COMP0 */
    REG(0xe0000e80) = 1;      /* ITM_TCR */
    say_number("comparator ", REG(0xe0001020), 16);
    say_number("flash ", *(volatile uint16_t *)FLASH_SIZE, 10);
    say_number("number ", REG(UID) != 0 && REG(UID) != REG(UID + 4), 10);
    say_number("tick ", REG(0xe000e01c) >> 30, 10);
    say_number("reset ", REG(RESETS) >> RMVF != 0, 10);
    REG(RESETS) |= 1u << RMVF;
    say_number("reset ", REG(RESETS) >> RMVF, 10);
    REG(RTC_ISR) |= 1 << 7;
    wait(RTC_ISR, 1 << 6);
#if FAMILY == 4 || FAMILY == 7
    REG(SPI_SR - 4) = 0x1700;                 /* CR2: 8 bits, told of each byte */
    REG(SPI_SR - 8) = 1 << 6 | 1 << 2;        /* CR1: SPE, MSTR */
    *(volatile uint8_t *)(SPI_SR + 4) = 0xa5; /* nobody answers: a byte arrives nevertheless */
#endif
    wait(SPI_SR, 3);
    i2c();
    adc();
    REG(GPIO) = 1 << 10;      /* pin 5 is an output */
    REG(GPIO + 0xc) = 1 << 4; /* pin 2 is pulled up */
    REG(GPIO + 0x18) = 1 << 5 | 1 << 6;
    say_number("pins ", REG(GPIO + 0x10), 16);
    REG(GPIO + 0x18) = 1 << 21;
    say_number("pins ", REG(GPIO + 0x10) << 16 | REG(GPIO + 0x14), 16);
#if FAMILY == 8
    uint32_t r = REG(0x58026488); /* semaphore 2 in one step */
    say_number("semaphore ", r, 16);
    REG(0x58026408) = 0x80000305; /* another process does not get it, and cannot free it */
    REG(0x58026408) = 0x305;
    say_number("semaphore ", REG(0x58026408), 16);
    REG(0x58026500) = 4;
    REG(0x58026408) = 0x300;
    say_number("semaphore ", REG(0x58026508), 16);
#endif
#if DOG == 1
    independent();
    for (int i = 0; i < 10; i++) {
        spend(8000);
        REG(IWDG) = 0xaaaa;
    }
    say("served\n");
#ifdef ASLEEP
    for (;;)
        __asm__ volatile("wfi");
#endif
    spend(100000000);
#elif DOG == 2
    window();
    while (early < 2)
        ;
    NVIC_ICER[0] = 1;
    say("served\n");
    spend(100000000);
#elif DOG == 3
    REG(WWDG + 4) = 1u << WDGTB | 0x50;
    REG(WWDG) = 1 << 7 | 0x7f;
    spend(1000);
    REG(WWDG) = 1 << 7 | 0x7f;
    spend(100000000);
#else
    REG(IWDG + 8) = 1; /* not started: nothing happens */
    spend(1000000);
#endif
    return 0;
}
