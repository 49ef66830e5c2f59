/* Arm MPS2 with the AN386 (Cortex-M4) or AN500 (Cortex-M7) image, as emulated by qemu-system-arm:
 * no clock to set up, no debugger bit, no cycle counter. For checking that the same network code
 * computes the same logits elsewhere. Source: an386 (CMSDK UART0 at 0x40004000). */
#include "console.h"

#define UART_DATA REG(0x40004000u)
#define UART_STATE REG(0x40004004u)
#define UART_CTRL REG(0x40004008u)
#define UART_BAUDDIV REG(0x40004010u)

void board_init(void)
{
    UART_BAUDDIV = 217; /* 25 MHz / 115200 */
    UART_CTRL = 1;      /* transmit */
}

void board_clock(struct board_clock *c)
{
    *c = (struct board_clock){25000000, 25000000, 0, 0, 0, 0};
}

void board_putc(char c)
{
    while (UART_STATE & 1)
        ;
    UART_DATA = (uint8_t)c;
}

void board_flush(void)
{
    while (UART_STATE & 1)
        ;
}

void board_pin(int high)
{
    (void)high;
}

void board_exit(int code)
{
    semihosting_exit(code);
}
