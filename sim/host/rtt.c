/* Segger's real-time transfer: a control block in SRAM (symbol _SEGGER_RTT) with ring buffers that
 * a debugger empties. Up buffer 0 goes to the console, now and then and at the end; down buffer 0
 * gets what --uart-in rtt=FILE has, as it has room. */
#include <string.h>

#include "sim/exec/engine.h"
#include "sim/host/host.h"

enum {
    RTT_EVERY = 100000 /* cycles */,
    MAX_UP = 16,
    UP0 = 24,
    RING_BYTES = 24,
    BUFFER = 4,
    SIZE = 8,
    WRITE = 12,
    READ = 16
};

void rtt_open(struct machine *m)
{
    const struct symbol *s = image_elf_symbol(m->image, "_SEGGER_RTT");
    m->host->rtt = s ? s->addr : 0;
    m->host->rtt_next = s ? RTT_EVERY : NEVER;
}

static void put_word(struct machine *m, uint32_t a, uint32_t v)
{
    uint8_t b[4] = {v & 255, v >> 8 & 255, v >> 16 & 255, v >> 24};
    uc_mem_write(m->uc, a, b, 4);
}

static void feed(struct machine *m)
{
    uint32_t ups = engine_word(m, m->host->rtt + MAX_UP),
             down = m->host->rtt + UP0 + RING_BYTES * ups;
    uint8_t byte;
    if (ups > 64 || !engine_host(m, down, RING_BYTES))
        return;
    uint32_t buffer = engine_word(m, down + BUFFER), size = engine_word(m, down + SIZE),
             wr = engine_word(m, down + WRITE), rd = engine_word(m, down + READ);
    if (!size || size > 1 << 20 || !engine_host(m, buffer, size) || wr >= size || rd >= size)
        return;
    while ((wr + 1) % size != rd && soc_rtt_byte(m->soc, &byte)) {
        uc_mem_write(m->uc, buffer + wr, &byte, 1);
        wr = (wr + 1) % size;
    }
    put_word(m, down + WRITE, wr);
}

void rtt_drain(struct machine *m)
{
    uint32_t at = m->host->rtt, up = at + UP0;
    const uint8_t *id = at ? engine_host(m, at, UP0 + 24) : NULL;
    m->host->rtt_next = at ? m->time.cycles + RTT_EVERY : NEVER;
    if (!id || memcmp(id, "SEGGER RTT", 10))
        return; /* not set up yet */
    feed(m);
    uint32_t buffer = engine_word(m, up + BUFFER), size = engine_word(m, up + SIZE),
             wr = engine_word(m, up + WRITE), rd = engine_word(m, up + READ);
    const uint8_t *p = size && size <= 1 << 20 ? engine_host(m, buffer, size) : NULL;
    if (!p || wr >= size || rd >= size || wr == rd)
        return;
    if (wr < rd) {
        console_write(m, (const char *)p + rd, size - rd);
        rd = 0;
    }
    console_write(m, (const char *)p + rd, wr - rd);
    put_word(m, up + READ, wr);
}
