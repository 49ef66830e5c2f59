/* STM32L4R9: TinyNPU on SPI1 (PA5 SCK, PA6 MISO, PA7 MOSI, AF5; PA4 chip select), its interrupt on
 * PB0. Interrupts only wake: PRIMASK stays set, WFI ends when one pends, and no handler runs.
 * Sources: rm0432 (SPI, DMA, DMAMUX, EXTI, CRC, TIM2), ds12023 (pins), st-cmsis (addresses). */
#include "console.h"
#include "offload.h"

enum { CORE_HZ = 120000000 };
enum { CS = 4, SCK = 5, MISO = 6, MOSI = 7, SPI_AF = 5, READY = 0 };
/* A bit takes 2 << BR core cycles: 60 MHz to write, the most that the part's SPI does (ds12023,
 * from memory), 15 MHz to read, as the answer has to come back within half a bit. */
enum { WRITE_BR = 0, READ_BR = 2 };

#define RCC_AHB1ENR REG(0x40021048u)
#define RCC_AHB2ENR REG(0x4002104Cu)
#define RCC_APB1ENR1 REG(0x40021058u)
#define RCC_APB2ENR REG(0x40021060u)
#define GPIOA 0x48000000u
#define GPIOB 0x48000400u
#define SYSCFG_EXTICR1 REG(0x40010008u)
#define EXTI_IMR1 REG(0x40010400u)
#define EXTI_RTSR1 REG(0x40010408u)
#define EXTI_PR1 REG(0x40010414u)
#define SPI1 0x40013000u
#define SPI_CR1 REG(SPI1 + 0x00)
#define SPI_CR2 REG(SPI1 + 0x04)
#define SPI_SR REG(SPI1 + 0x08)
#define SPI_DR8 (*(volatile uint8_t *)(SPI1 + 0x0C))
#define DMA_ISR REG(0x40020000u)
#define DMA_IFCR REG(0x40020004u)
#define DMA_CHANNEL(n, r) REG(0x40020008u + 0x14u * ((n)-1) + (r))
#define DMAMUX_CHANNEL(n) REG(0x40020800u + 4u * ((n)-1))
#define CRC_DR REG(0x40023000u)
#define CRC_DR8 (*(volatile uint8_t *)0x40023000u)
#define CRC_CR REG(0x40023008u)
#define TIM2_CR1 REG(0x40000000u)
#define TIM2_DIER REG(0x4000000Cu)
#define TIM2_SR REG(0x40000010u)
#define TIM2_EGR REG(0x40000014u)
#define TIM2_CNT REG(0x40000024u)
#define TIM2_ARR REG(0x4000002Cu)
#define TIM2_CCR1 REG(0x40000034u)
#define NVIC_ISER0 REG(0xE000E100u)
#define NVIC_ICPR0 REG(0xE000E280u)

enum { RX = 2, TX = 3, CAMERA = 4 };                  /* channels of DMA1 */
enum { EXTI0_IRQ = 6, DMA1_IRQ = 11, TIM2_IRQ = 28 }; /* DMA1_IRQ: of channel 1 */
enum { RXNE = 1, TXE = 2, OVR = 1 << 6, BSY = 1 << 7, FTLVL = 3 << 11, FRLVL = 3 << 9 }; /* SR */
enum { MSTR = 1 << 2, SPE = 1 << 6, SSI_SSM = 3 << 8 };                                  /* CR1 */
enum { RXDMAEN = 1, TXDMAEN = 2, BITS8 = 7 << 8, FRXTH = 1 << 12 };                      /* CR2 */
enum { EN = 1, TCIE = 2, TEIE = 8, FROM_MEMORY = 1 << 4, PINC = 1 << 6, MINC = 1 << 7 }; /* CCR */
enum { WORDS = 2 << 8 | 2 << 10, MEM2MEM = 1 << 14, MOST_ITEMS = 65535 };

void link_init(void)
{
    RCC_AHB1ENR |= 1u << 0 | 1u << 2 | 1u << 12; /* DMA1, DMAMUX1, CRC */
    RCC_AHB2ENR |= 1u << 0 | 1u << 1;            /* GPIOA, GPIOB */
    RCC_APB1ENR1 |= 1u << 0;                     /* TIM2 */
    RCC_APB2ENR |= 1u << 0 | 1u << 12;           /* SYSCFG, SPI1 */
    (void)RCC_APB2ENR;
    pin_write(GPIOA, CS, 1);
    pin_output(GPIOA, CS, -1);
    pin_output(GPIOA, SCK, SPI_AF);
    pin_output(GPIOA, MISO, SPI_AF);
    pin_output(GPIOA, MOSI, SPI_AF);
    REG(GPIOB) &= ~(3u << 2 * READY); /* an input, pulled down: no device, no interrupt */
    REG(GPIOB + 0x0C) = (REG(GPIOB + 0x0C) & ~(3u << 2 * READY)) | 2u << 2 * READY;
    SYSCFG_EXTICR1 = (SYSCFG_EXTICR1 & ~7u) | 1u; /* line 0 from port B */
    EXTI_RTSR1 |= 1u << READY;
    EXTI_IMR1 |= 1u << READY;
    DMAMUX_CHANNEL(RX) = 10;
    DMAMUX_CHANNEL(TX) = 11;
    TIM2_ARR = 0xFFFFFFFFu;
    TIM2_EGR = 1;
    TIM2_SR = 0;
    TIM2_CR1 = 1;
    __asm volatile("cpsid i" ::: "memory");
    NVIC_ISER0 = 1u << EXTI0_IRQ | 1u << TIM2_IRQ | 1u << (DMA1_IRQ + RX - 1) |
                 1u << (DMA1_IRQ + TX - 1) | 1u << (DMA1_IRQ + CAMERA - 1);
}

/* Until something happens. An interrupt pends again as long as its flag is set; the edge's flag is
 * cleared here, as its level tells the same. Who waits looks at his condition after this: what
 * happens from then on ends the next sleep, so no wake-up is lost. */
static void sleep(void)
{
    __asm volatile("dsb\n\twfi" ::: "memory");
    EXTI_PR1 = 1u << READY;
    NVIC_ICPR0 = 0xFFFFFFFFu;
}

static void start(int channel, const void *memory, uint32_t peripheral, uint32_t n, uint32_t mode)
{
    DMA_CHANNEL(channel, 0x00) = 0;
    DMA_IFCR = 15u << 4 * (channel - 1);
    DMA_CHANNEL(channel, 0x04) = n;
    DMA_CHANNEL(channel, 0x08) = peripheral;
    DMA_CHANNEL(channel, 0x0C) = (uint32_t)memory;
    DMA_CHANNEL(channel, 0x00) = mode | MINC | TCIE | TEIE | EN;
}

/* A channel has moved all, or stands with an error: then the frame is wrong, and its CRC will say
 * so. */
static int done(int channel)
{
    if (!(DMA_ISR >> 4 * (channel - 1) & 0xA))
        return 0;
    DMA_CHANNEL(channel, 0x00) = 0;
    DMA_IFCR = 15u << 4 * (channel - 1);
    return 1;
}

/* What is being sent: more than a channel counts goes in parts. */
static const uint8_t *rest;
static uint32_t left, part;

static void send_part(void)
{
    part = left < MOST_ITEMS ? left : MOST_ITEMS;
    if (part)
        start(TX, rest, SPI1 + 0x0C, part, FROM_MEMORY);
}

void link_pump(void)
{
    if (!part || !done(TX))
        return;
    rest += part;
    left -= part;
    send_part();
}

static void finish(int channel)
{
    while (!done(channel)) {
        sleep();
        link_pump();
    }
}

/* ---- time ---- */

uint32_t link_ticks(void)
{
    return TIM2_CNT;
}

uint32_t link_ticks_us(uint32_t us)
{
    return us * (CORE_HZ / 1000000);
}

static int passed(uint32_t tick)
{
    return (int32_t)(TIM2_CNT - tick) >= 0;
}

static void wake_at(uint32_t tick)
{
    TIM2_CCR1 = tick;
    TIM2_SR = 0;
    TIM2_DIER = 1u << 1; /* CC1IE */
}

void link_sleep_until(uint32_t tick)
{
    wake_at(tick);
    while (!passed(tick)) {
        sleep();
        link_pump();
    }
    TIM2_DIER = 0;
}

int link_wait_interrupt(uint32_t tick)
{
    wake_at(tick);
    while (!(REG(GPIOB + 0x10) >> READY & 1) && !passed(tick))
        sleep();
    TIM2_DIER = 0;
    return REG(GPIOB + 0x10) >> READY & 1;
}

/* ---- the wires ---- */

void link_select(int on)
{
    pin_write(GPIOA, CS, !on);
}

static void enable(uint32_t br)
{
    SPI_CR2 = BITS8 | FRXTH;
    SPI_CR1 = MSTR | SSI_SSM | br << 3;
    SPI_CR1 |= SPE;
}

/* Until the last bit is out; what came in meanwhile is dropped. */
static void disable(void)
{
    while (SPI_SR & FTLVL)
        ;
    while (SPI_SR & BSY)
        ;
    while (SPI_SR & FRLVL)
        (void)SPI_DR8;
    (void)SPI_DR8;
    (void)SPI_SR; /* OVR */
    SPI_CR1 &= ~(uint32_t)SPE;
    SPI_CR2 = BITS8 | FRXTH;
}

uint32_t link_write_ticks(uint32_t n)
{
    return n * 8 * (2u << WRITE_BR);
}

void link_write_begin(const uint8_t *bytes, uint32_t n)
{
    enable(WRITE_BR);
    rest = bytes;
    left = n;
    SPI_CR2 |= TXDMAEN;
    send_part();
}

void link_write_end(void)
{
    while (part) {
        sleep();
        link_pump();
    }
    SPI_CR2 &= ~(uint32_t)TXDMAEN;
    disable();
}

void link_write(const uint8_t *bytes, uint32_t n)
{
    link_write_begin(bytes, n);
    link_write_end();
}

void link_read(uint8_t *bytes, uint32_t n)
{
    static const uint8_t zeros[64];
    SPI_CR2 = BITS8 | FRXTH;
    for (uint32_t piece; n; n -= piece, bytes += piece) {
        piece = n < sizeof zeros ? n : sizeof zeros;
        SPI_CR1 = MSTR | SSI_SSM | READ_BR << 3;
        SPI_CR2 |= RXDMAEN;
        start(RX, bytes, SPI1 + 0x0C, piece, 0);
        start(TX, zeros, SPI1 + 0x0C, piece, FROM_MEMORY);
        SPI_CR2 |= TXDMAEN;
        SPI_CR1 |= SPE;
        finish(RX);
        finish(TX);
        disable();
    }
}

void link_camera(const void *from, void *to, uint32_t words)
{
    const uint32_t *f = from;
    uint32_t *t = to;
    for (uint32_t piece; words; words -= piece, f += piece, t += piece) {
        piece = words < MOST_ITEMS ? words : MOST_ITEMS;
        start(CAMERA, f, (uint32_t)t, piece, MEM2MEM | FROM_MEMORY | PINC | WORDS);
        finish(CAMERA);
    }
}

/* ---- the CRC unit ---- */

/* The unit takes the highest bit first, Ethernet's CRC the lowest: input reversed by words (in
 * which the first byte is the lowest) or by bytes, output reversed and inverted. */
uint32_t link_crc(const void *bytes, uint32_t n, int first)
{
    enum { RESET = 1, BY_BYTE = 1 << 5, BY_WORD = 3 << 5, OUT = 1 << 7 };
    const uint32_t *w = bytes;
    const uint8_t *b = (const uint8_t *)bytes + (n & ~3u);
    CRC_CR = OUT | BY_WORD | (first ? RESET : 0);
    for (uint32_t i = n / 4; i; i--)
        CRC_DR = *w++;
    CRC_CR = OUT | BY_BYTE;
    for (uint32_t i = n % 4; i; i--)
        CRC_DR8 = *b++;
    return ~CRC_DR;
}
