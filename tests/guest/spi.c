/* SPI1 as a master, an external interrupt, and what hangs on them (`echo`): polled, by interrupt,
 * by DMA both ways, overrun, too few and too many bytes. Times are cycles of the core, whose APB is
 * not divided: a bit takes 2 << BR of them. -DFAMILY=4 (L4+: DMA1 channels 2 and 3), 7 (F7: DMA2
 * streams 0 and 3). */
#include "guest.h"

#define SPI 0x40013000u
#define CR1 REG(SPI + 0x00)
#define CR2 REG(SPI + 0x04)
#define SR REG(SPI + 0x08)
#define DR8 (*(volatile uint8_t *)(SPI + 0x0c))
#define DR16 (*(volatile uint16_t *)(SPI + 0x0c))
enum {
    MSTR = 1 << 2,
    BR = 3,
    SPE = 1 << 6,
    SSM = 3 << 8,
    DS8 = 7 << 8,
    DS16 = 15 << 8,
    FRXTH = 1 << 12
};
enum { RXNE = 1, TXE = 2, OVR = 1 << 6, BSY = 1 << 7 };
#if FAMILY == 4
#define GPIOA 0x48000000u
#define GPIOB 0x48000400u
#define EXTI 0x40010400u
#define SYSCFG_EXTICR1 REG(0x40010008)
#define RX(r) REG(0x4002001c + (r)) /* DMA1 channel 2 */
#define TX(r) REG(0x40020030 + (r)) /* channel 3 */
enum { DMA_RX_IRQ = 12, DMA_TX_IRQ = 13 };
#else
#define GPIOA 0x40020000u
#define GPIOB 0x40020400u
#define EXTI 0x40013c00u
#define SYSCFG_EXTICR1 REG(0x40013808)
#define RX(r) REG(0x40026410 + (r)) /* DMA2 stream 0 */
#define TX(r) REG(0x40026458 + (r)) /* stream 3 */
enum { DMA_RX_IRQ = 56, DMA_TX_IRQ = 59 };
#endif
#define CS 4  /* PA4 */
#define IRQ 0 /* PB0 */
#define IMR REG(EXTI + 0x00)
#define RTSR REG(EXTI + 0x08)
#define FTSR REG(EXTI + 0x0c)
#define SWIER REG(EXTI + 0x10)
#define PR REG(EXTI + 0x14)

static volatile unsigned edges, edge_at, dma_done, dma_at, rxne;
static uint8_t out[300], in[300];

static void clear_dma(void)
{
#if FAMILY == 4
    REG(0x40020004) = 0xff0; /* IFCR: channels 2 and 3 */
#else
    REG(0x40026408) = 0x0f40003d; /* LIFCR: streams 0 and 3 */
#endif
}

void IRQ_Handler(void)
{
    uint32_t x;
    __asm__ volatile("mrs %0, ipsr" : "=r"(x));
    if (x - 16 == 6) {
        edge_at = DWT_CYCCNT;
        edges++;
        PR = 1u << IRQ;
    } else if (x - 16 == 35) {
        rxne++;
        in[rxne - 1] = DR8;
        if (rxne == 4)
            CR2 &= ~(1u << 6);
    } else {
        dma_at = DWT_CYCCNT;
        dma_done++;
        clear_dma();
    }
}

static void cs(int high)
{
    REG(GPIOA + 0x18) = 1u << (CS + (high ? 0 : 16));
}
static void wait_for(uint32_t flag, uint32_t level)
{
    while ((SR & flag) != level)
        ;
}
static void configure(uint32_t br, uint32_t cr2)
{
    CR1 = 0;
    CR2 = cr2;
    CR1 = MSTR | SSM | br << BR | SPE;
}
/* Not sooner, and as much later as entering a handler or a turn of a loop may take. */
static unsigned within(unsigned cycles, unsigned want)
{
    return cycles >= want && cycles <= want + 40 * FAMILY;
}

int main(void)
{
    DEMCR |= 1 << 24;
    DWT_CTRL |= 1;
    cs(1);
    REG(GPIOA) = (REG(GPIOA) & ~(3u << 2 * CS)) | 1u << 2 * CS;
    REG(GPIOB) &= ~3u;  /* PB0: an input */
    SYSCFG_EXTICR1 = 1; /* line 0 from port B */
    say_number("status ", SR, 16);
    say_number("width ", CR2, 16);

    /* Four bytes one after the other: each comes back in the next one's place. */
    configure(3, DS8 | FRXTH);
    cs(0);
    unsigned t = DWT_CYCCNT;
    for (int i = 0; i < 4; i++) {
        wait_for(TXE, TXE);
        DR8 = (uint8_t)(0x11 * (i + 1));
        wait_for(RXNE, RXNE);
        say_number("polled ", DR8, 16);
    }
    wait_for(BSY, 0);
    cs(1);

    /* Four bytes in the FIFO take 4 x 8 bits x 16 cycles = 512, then BSY goes. */
    cs(0);
    t = DWT_CYCCNT;
    DR16 = 0x0201;
    DR16 = 0x0403;
    say_number("full ", SR & 0x1883, 16); /* a byte is on the wires: three are left */
    wait_for(BSY, 0);
    t = DWT_CYCCNT - t;
    say_number("in time ", within(t, 512), 10);
    say_number("levels ", SR & 0x1e43, 16); /* FRLVL full, RXNE, TXE */
    say_number("packed ", DR16, 16);
    say_number("packed ", DR16, 16);

    /* A fifth byte finds the FIFO full: it is lost, and OVR goes after DR and SR were read. */
    for (int i = 0; i < 5; i++) {
        wait_for(TXE, TXE);
        DR8 = (uint8_t)(0x50 + i);
    }
    wait_for(BSY, 0);
    say_number("overrun ", SR & OVR, 16);
    for (int i = 0; i < 4; i++)
        say_number("kept ", DR8, 16);
    (void)SR;
    say_number("overrun ", SR & OVR, 16);
    cs(1);

    /* 16 bits, the higher byte first: the echo is a byte late. */
    configure(0, DS16);
    cs(0);
    DR16 = 0x1234;
    wait_for(RXNE, RXNE);
    say_number("wide ", DR16, 16);
    wait_for(BSY, 0);
    cs(1);

    /* By interrupt. */
    configure(5, DS8 | FRXTH | 1 << 6);
    NVIC_ISER[1] = 1u << (35 - 32);
    cs(0);
    DR16 = 0x0605;
    DR16 = 0x0807;
    while (rxne < 4)
        ;
    wait_for(BSY, 0);
    cs(1);
    say_number("by interrupt ", (uint32_t)in[0] << 24 | in[1] << 16 | in[2] << 8 | in[3], 16);

    /* DMA both ways: 300 bytes of 8 bits x 4 cycles = 9600 cycles. */
    for (int i = 0; i < 300; i++) {
        out[i] = (uint8_t)(i * 7 + 1);
        in[i] = 0;
    }
    clear_dma();
#if FAMILY == 4
    REG(0x40020804) = 10; /* DMAMUX1 channel 1: SPI1_RX; 2: SPI1_TX */
    REG(0x40020808) = 11;
    RX(4) = TX(4) = 300;
    RX(8) = TX(8) = SPI + 0x0c;
    RX(12) = (uint32_t)in;
    TX(12) = (uint32_t)out;
    NVIC_ISER[0] = 1u << DMA_RX_IRQ;
    enum { RX_MODE = 1 << 7 | 2 | 1, TX_MODE = 1 << 7 | 1 << 4 | 1 };
#else
    RX(4) = TX(4) = 300;
    RX(8) = TX(8) = SPI + 0x0c;
    RX(12) = (uint32_t)in;
    TX(12) = (uint32_t)out;
    NVIC_ISER[1] = 1u << (DMA_RX_IRQ - 32);
    enum { RX_MODE = 3 << 25 | 1 << 10 | 1 << 4 | 1, TX_MODE = 3 << 25 | 1 << 10 | 1 << 6 | 1 };
#endif
    CR1 = 0;
    CR2 = DS8 | FRXTH | 1;
    RX(0) = RX_MODE;
    TX(0) = TX_MODE;
    CR2 = DS8 | FRXTH | 3;
    cs(0);
    t = DWT_CYCCNT;
    CR1 = MSTR | SSM | 1 << BR | SPE;
    say_number("busy ", SR & BSY, 16);
    while (!dma_done)
        __asm__ volatile("wfi");
    say_number("dma in time ", within(dma_at - t, 9600), 10);
    wait_for(BSY, 0);
    unsigned wrong = in[0] != 0xee;
    for (int i = 1; i < 300; i++)
        wrong += in[i] != out[i - 1];
    say_number("wrong ", wrong, 10);

    /* The device raises its line 50 us after CS rose, as its last byte was not 0: 200 cycles
     * at 4 MHz, 800 at 16 MHz. */
    IMR = RTSR = 1;
    NVIC_ISER[0] = 1u << 6;
    t = DWT_CYCCNT;
    cs(1);
    while (!edges)
        __asm__ volatile("wfi");
    say_number("edge in time ", within(edge_at - t, 50 * HZ / 1000000), 10);
    say_number("line ", REG(GPIOB + 0x10) & 1, 10);
    SWIER = 1; /* the same by software */
    say_number("edges ", edges, 10);
    say_number("pending ", PR, 16);
    leave();
    return 0;
}
