#include "sim/poll.h"

#include <stdio.h>
#include <string.h>

#include "sim/exec/address.h"
#include "sim/exec/engine.h"
#include "sim/image/names.h"

/* A wait is told of when the same register gave the same value so often, for so many cycles, and no
 * other was read. At 100 MHz that is 0.1 s: longer than oscillators, regulators and a character of
 * a slow serial line take. */
enum { READS = 10000, CYCLES = 10000000, MOST_TOLD = 4, LOOK_AHEAD = 4 };

/* Bits of `from` that an instruction tests: TST, AND, UBFX, and LSL before a look at the sign. 0:
 * none. */
static uint32_t tested(const struct machine *m, const uint8_t *code, unsigned size, unsigned from)
{
    unsigned a = code[0] | (unsigned)code[1] << 8;
    unsigned b = size == 4 ? code[2] | (unsigned)code[3] << 8 : 0;
    if (size == 2 && (a & 0xf800) == 0 && a >> 6 && (a >> 3 & 7) == from)
        return 0x80000000u >> (a >> 6 & 31);
    if (size == 2 && ((a & 0xffc0) == 0x4200 || (a & 0xffc0) == 0x4000)) {
        unsigned x = a & 7, y = a >> 3 & 7;
        int mask = engine_register((int)(x == from ? y : x));
        return x == from || y == from ? emulator_get(m->uc, mask) : 0;
    }
    if (size == 4 && (a & 0xfbe0) == 0xf000 && (a & 15) == from && !(b & 0x8000))
        return address_constant((a >> 10 & 1) << 11 | (b >> 12 & 7) << 8 | (b & 0xff));
    if (size == 4 && (a & 0xfff0) == 0xf3c0 && (a & 15) == from)
        return ((2u << (b & 31)) - 1) << ((b >> 12 & 7) << 2 | (b >> 6 & 3));
    return 0;
}

/* The bits of the loaded value that the code behind the load looks at. */
static uint32_t bits_waited_for(const struct machine *m, const struct block *b, int load)
{
    const struct insn *in = &b->run->insn[load];
    const uint8_t *code = engine_host(m, in->addr, in->size);
    if (!code)
        return 0;
    unsigned a = code[0] | (unsigned)code[1] << 8;
    unsigned to = in->size == 2 ? a & 7 : (unsigned)code[3] >> 4;
    for (int i = load + 1; i < b->n && i <= load + LOOK_AHEAD; i++) {
        const struct insn *next = &b->run->insn[i];
        code = engine_host(m, next->addr, next->size);
        uint32_t bits = code ? tested(m, code, next->size, to) : 0;
        if (bits)
            return bits;
    }
    return 0;
}

static void describe_bits(uint32_t bits, uint32_t value, char *out, size_t size)
{
    if (bits && !(bits & (bits - 1)))
        snprintf(out, size, "bit %d, which stays %d", __builtin_ctz(bits), (value & bits) != 0);
    else if (bits)
        snprintf(out, size, "bits 0x%08x, which stay 0x%08x", bits, value & bits);
    else
        snprintf(out, size, "a change of its value 0x%08x", value);
}

bool poll_describe(const struct machine *m, char *out, size_t size)
{
    const struct poll *p = &m->poll;
    if (p->reads < READS || m->time.cycles - p->since < CYCLES)
        return false;
    char bits[80], name[61], part[32];
    const struct symbol *s = image_elf_function(m->image, p->pc);
    describe_bits(p->bits, p->value, bits, sizeof bits);
    soc_name(m->soc, p->addr, part, sizeof part);
    snprintf(out, size,
             "waits since cycle %llu at 0x%08x %s for register 0x%08x (%s), %s; --stub can answer",
             (unsigned long long)p->since, p->pc,
             image_name_text(s ? s->name : "?", name, sizeof name), p->addr, part, bits);
    return true;
}

void poll_read(struct machine *m, uint32_t addr, uint32_t value)
{
    struct poll *p = &m->poll;
    if (addr != p->addr || value != p->value) {
        *p = (struct poll){.addr = addr, .value = value, .since = m->time.cycles, .told = p->told};
        return;
    }
    if (++p->reads != READS && p->reads % (READS * 10))
        return;
    const struct block *b = m->cursor.path->block;
    if (b && m->cursor.insn < b->n) {
        p->pc = b->run->insn[m->cursor.insn].addr;
        uint32_t bits = bits_waited_for(m, b, m->cursor.insn);
        p->bits = bits ? bits : p->bits;
    }
    char text[300];
    if (!p->warned && p->told < MOST_TOLD && poll_describe(m, text, sizeof text)) {
        p->warned = true;
        p->told++;
        engine_warn(m, "the program %s", text);
    }
}
