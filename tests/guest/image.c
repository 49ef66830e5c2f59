/* What a program learns by semihosting: its command line, memory, time, and the extensions that are
 * served. */
#include "guest.h"

static char line[32], tiny[4];
static uint32_t memory[4], *const memory_at = memory;

int main(void)
{
    uint32_t ask[2] = {(uint32_t)line, sizeof line};
    say_number("command line ", (uint32_t)semihost(0x15, ask), 10);
    say(line);
    say_number("\nlength ", ask[1], 10);
    ask[0] = (uint32_t)tiny;
    ask[1] = sizeof tiny;
    say_number("too short ", (uint32_t)semihost(0x15, ask), 16);
    semihost(0x16, &memory_at);
    say_number("heap ", memory[0], 16);
    say_number("to ", memory[1], 16);
    say_number("stack ", memory[2], 16);
    say_number("to ", memory[3], 16);
    const void *open[3] = {":semihosting-features", (void *)0, (void *)21};
    uint32_t handle = (uint32_t)semihost(0x01, open), length = (uint32_t)semihost(0x0c, &handle);
    char bytes[8] = "";
    const uint32_t read[3] = {handle, (uint32_t)bytes, sizeof bytes};
    say_number("features ", length, 10);
    say_number("not read ", (uint32_t)semihost(0x06, read), 10);
    say_number("byte ", (uint8_t)bytes[4], 16);
    bytes[4] = 0;
    say(bytes);
    say_number("\nclosed ", (uint32_t)semihost(0x02, &handle), 10);
    open[1] = (void *)4;
    say_number("to write ", (uint32_t)semihost(0x01, open), 16);
    SYST_RVR = 0xffffff; /* 16 MHz: 2 x 16777216 cycles are 2.097 s */
    SYST_CVR = 0;
    SYST_CSR = 5;
    for (int i = 0; i < 2; i++)
        while (!(SYST_CSR & 1 << 16))
            ;
    say_number("time ", (uint32_t)semihost(0x11, 0), 10);
    say_number("clock ", (uint32_t)semihost(0x10, 0), 10);
    say_number("tick ", (uint32_t)semihost(0x31, 0), 10);
    uint64_t ticks = 0;
    semihost(0x30, &ticks);
    say_number("elapsed s ", (uint32_t)(ticks >> 20) / 16, 10);
}
