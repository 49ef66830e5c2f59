#include "sim/devices/registers.h"

#include <stdlib.h>

enum { SLOTS = 1 << 16 };

struct word {
    uint32_t addr;
    uint32_t value;
    int16_t rule; /* its index among the board's registers + 1, 0 = none */
    bool used;
};

struct registers {
    const struct board *board;
    size_t n;
    struct word word[SLOTS]; /* open addressing */
};

/* The slot that holds addr, or the free one where it would go. */
static size_t find(const struct registers *r, uint32_t addr)
{
    size_t h = (addr >> 2) * 2654435761u & (SLOTS - 1);
    while (r->word[h].used && r->word[h].addr != addr)
        h = (h + 1) & (SLOTS - 1);
    return h;
}

uint32_t registers_get(const struct registers *r, uint32_t addr)
{
    return r->word[find(r, addr)].value;
}

void registers_set(struct registers *r, uint32_t addr, uint32_t value)
{
    struct word *w = &r->word[find(r, addr)];
    if (!w->used) {
        if (r->n >= SLOTS / 2)
            return; /* a runaway program; nothing it reads back from there matters */
        r->n++;
        w->used = true;
        w->addr = addr;
    }
    w->value = value;
}

const struct board_register *registers_rule(const struct registers *r, uint32_t addr)
{
    const struct word *w = &r->word[find(r, addr)];
    return w->rule ? &r->board->reg[w->rule - 1] : NULL;
}

uint32_t registers_read(const struct registers *r, uint32_t addr)
{
    const struct word *w = &r->word[find(r, addr)];
    const struct board_register *rule = w->rule ? &r->board->reg[w->rule - 1] : NULL;
    return rule ? (w->value | rule->always) & ~rule->never : w->value;
}

void registers_write(struct registers *r, uint32_t addr, uint32_t v)
{
    const struct board_register *rule = registers_rule(r, addr);
    if (!rule) {
        registers_set(r, addr, v);
        return;
    }
    uint32_t now = registers_get(r, addr), keep = (v & ~rule->cleared) | (now & ~v & rule->cleared);
    keep &= v & rule->clear_bits ? ~rule->clears : UINT32_MAX;
    registers_set(r, addr, keep);
    for (int i = 0; i < rule->nfollow; i++) {
        const struct follow *f = &rule->follow[i];
        uint32_t mask = (1u << f->width) - 1, target = r->board->reg[f->in].address;
        uint32_t others = registers_get(r, target) & ~(mask << f->flag);
        registers_set(r, target, others | (v >> f->bit & mask) << f->flag);
    }
}

uint32_t registers_named(const struct registers *r, const char *name)
{
    const struct board_register *rule = board_register(r->board, name);
    return rule ? registers_get(r, rule->address) | rule->always : 0;
}

void registers_reset(struct registers *r, bool (*survives)(const void *self, uint32_t addr),
                     const void *self)
{
    for (size_t i = 0; i < SLOTS; i++) {
        struct word *w = &r->word[i];
        const struct board_register *rule = w->rule ? &r->board->reg[w->rule - 1] : NULL;
        if (!w->used || (rule && rule->backup) || survives(self, w->addr))
            continue;
        uint32_t flags =
            rule && rule->software_reset ? (w->value & rule->clears) | rule->software_reset : 0;
        w->value = rule ? (rule->reset & ~(flags ? rule->clears : 0)) | flags : 0;
    }
}

struct registers *registers_open(const struct board *b, struct err *e)
{
    struct registers *r = calloc(1, sizeof *r);
    if (!r) {
        err_nomem(e);
        return NULL;
    }
    r->board = b;
    for (int i = 0; i < b->nregisters; i++) {
        registers_set(r, b->reg[i].address, b->reg[i].reset);
        r->word[find(r, b->reg[i].address)].rule = (int16_t)(i + 1);
    }
    return r;
}

void registers_close(struct registers *r)
{
    free(r);
}
