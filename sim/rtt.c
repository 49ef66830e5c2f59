/* Segger's real-time transfer: a control block in SRAM (symbol _SEGGER_RTT) with ring buffers that a debugger empties. Up
 * buffer 0 goes to the console, now and then and at the end. */
#include <string.h>

#include "sim/guest.h"

enum { RTT_EVERY = 100000 /* cycles */, UP0 = 24, BUFFER = 4, SIZE = 8, WRITE = 12, READ = 16 };

static uint32_t word(const struct machine *m, uint32_t a)
{
    const uint8_t *p = machine_host(m, a, 4);
    return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

void rtt_open(struct machine *m)
{
    const struct symbol *s = elf_symbol(m->image, "_SEGGER_RTT");
    m->guest->rtt = s ? s->addr : 0;
    m->guest->rtt_next = s ? RTT_EVERY : NEVER;
}

void rtt_drain(struct machine *m)
{
    uint32_t at = m->guest->rtt, up = at + UP0;
    const uint8_t *id = at ? machine_host(m, at, UP0 + 24) : NULL;
    m->guest->rtt_next = at ? m->cycles + RTT_EVERY : NEVER;
    if (!id || memcmp(id, "SEGGER RTT", 10))
        return; /* not set up yet */
    uint32_t buffer = word(m, up + BUFFER), size = word(m, up + SIZE), wr = word(m, up + WRITE), rd = word(m, up + READ);
    const uint8_t *p = size && size <= 1 << 20 ? machine_host(m, buffer, size) : NULL;
    if (!p || wr >= size || rd >= size || wr == rd)
        return;
    if (wr < rd) {
        periph_say(m, (const char *)p + rd, size - rd);
        rd = 0;
    }
    periph_say(m, (const char *)p + rd, wr - rd);
    uint8_t now[4] = {wr & 255, wr >> 8 & 255, wr >> 16 & 255, wr >> 24};
    uc_mem_write(m->uc, up + READ, now, 4);
}
