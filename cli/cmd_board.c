#include <stdlib.h>

#include "cli/catalogue.h"
#include "sim/boards/board.h"
#include "sim/devices/soc.h"

static void show_bit(struct buf *o, const char *name, uint32_t bit)
{
    if (bit < 32)
        buf_printf(o, ", %s bit %u", name, bit);
}

/* Registers that start-up code reads back: what they hold after a reset, and how they differ from
 * plain storage. */
static void show_registers(const struct board *b, struct buf *o)
{
    buf_str(o, "\nstart-up registers\n");
    for (int i = 0; i < b->nregisters; i++) {
        const struct board_register *r = &b->reg[i];
        const struct {
            const char *what;
            uint32_t bits;
        } all[] = {{"always set", r->always},       {"never set", r->never},
                   {"cleared by ones", r->cleared}, {"a 1 clears others", r->clear_bits},
                   {"namely", r->clears},           {"set by a software reset", r->software_reset}};
        buf_printf(o, "  %-16s 0x%08x reset 0x%08x%s", r->name, r->address, r->reset,
                   r->backup ? ", kept by a system reset" : "");
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            if (all[k].bits)
                buf_printf(o, ", %s 0x%08x", all[k].what, all[k].bits);
        for (int k = 0; k < r->nfollow; k++) {
            const struct follow *f = &r->follow[k];
            buf_printf(o, ", %s%s%u:%u follow %u:%u", f->in == i ? "" : b->reg[f->in].name,
                       f->in == i ? "" : " ", f->flag + f->width - 1u, f->flag,
                       f->bit + f->width - 1u, f->bit);
        }
        buf_str(o, "\n");
    }
}

static bool show_text(const struct board *b, struct buf *o, struct err *e)
{
    buf_printf(o, "%s: %s\ncore %s, FPU %s, at most %.3f MHz (%s)\n", b->name, b->title, b->core,
               b->fpu, (double)b->max_hz / 1e6, b->source);
    buf_printf(o, "%u interrupts", b->interrupts);
    if (b->cpuid)
        buf_printf(o, ", CPUID 0x%08x", b->cpuid);
    buf_printf(o, "\nclock: internal oscillator %.3f MHz, crystal %.3f MHz\n\nmemory\n",
               (double)b->hsi_hz / 1e6, (double)b->hse_hz / 1e6);
    for (int i = 0; i < b->nregions; i++) {
        const struct region *r = &b->region[i];
        buf_printf(o, "  %-10s 0x%08x %8u KiB  %-8s %s", r->name, r->base, r->size / 1024,
                   board_region_kind_names[r->kind], r->exec ? "code and data" : "data only");
        if (r->alias_of >= 0)
            buf_printf(o, ", shows %s", b->region[r->alias_of].name);
        if (r->setup)
            buf_printf(o, ", %s clocks: %u + %u a further 8 bytes",
                       r->domain == DOMAIN_AXI ? "AXI" : "core", r->setup + 1, r->beat);
        if (r->contention)
            buf_printf(o, ", +%u a fetch beside data", r->contention);
        buf_printf(o, " (%s)\n", r->source);
        if (r->grant_load || r->grant_stores)
            buf_printf(
                o,
                "             bus grant: +%u a run of loads, +%u a store of several words (%s)\n",
                r->grant_load, r->grant_stores, r->grant_source);
    }
    if (b->cache.line_bytes)
        buf_printf(o,
                   "\ncaches: instruction %u bytes in %u ways, data %u bytes in %u ways, lines of "
                   "%u (%s)\n",
                   b->cache.ibytes, b->cache.iways, b->cache.dbytes, b->cache.dways,
                   b->cache.line_bytes, b->cache.source);
    buf_printf(o, "\nflash: %u bytes a read%s", b->flash.line_bytes,
               b->flash.art ? ", accelerator on " : "");
    if (b->flash.art)
        buf_printf(o, "%s: %u instruction and %u data lines of %u bytes, prefetch",
                   b->region[b->flash.region].name, b->flash.icache_lines, b->flash.dcache_lines,
                   b->flash.cache_line_bytes);
    if (b->flash.conflict_1024)
        buf_printf(o, ", +%.3f a data read beside fetches", b->flash.conflict_1024 / 1024.0);
    buf_printf(o, " (%s)\n  register 0x%08x: latency %u bits", b->flash.source, b->flash.acr,
               b->flash.latency_bits);
    show_bit(o, "prefetch", b->flash.prefetch_bit);
    show_bit(o, "instruction lines", b->flash.icache_bit);
    show_bit(o, "data lines", b->flash.dcache_bit);
    buf_str(o, "\n  wait states:");
    for (int i = 0; i < b->flash.nws; i++)
        buf_printf(o, " %u up to %.0f MHz%s", b->flash.ws[i].ws,
                   (double)b->flash.ws[i].max_hz / 1e6, i + 1 < b->flash.nws ? "," : "\n");
    for (int i = 0; i < b->nsupplies; i++) {
        const struct board_energy *g = &b->energy[i];
        buf_printf(
            o, "%s%s: %.1f pJ a cycle (%.1f to %.1f) at %.1f V, %.3f mW asleep, whole chip (%s)\n",
            i ? "  " : "\nenergy, supply ", g->name, g->pj_per_cycle[1], g->pj_per_cycle[0],
            g->pj_per_cycle[2], g->supply_v, 1e3 * g->sleep_w, g->source);
    }
    show_registers(b, o);
    for (int i = 0; i < b->ndefines; i++)
        buf_printf(o, "%s%s",
                   i ? " " : "\nstart-up of firmware: ", b->define[i] + 2); /* without -D */
    buf_str(o, b->ndefines ? "\n" : "");
    buf_printf(o, "\nperipherals of %s\n", b->family);
    return soc_describe(b, o, e);
}

static void show_json(const struct board *b, cJSON *o)
{
    json_text(o, "name", b->name);
    json_text(o, "title", b->title);
    json_text(o, "core", b->core);
    json_uint(o, "max_hz", b->max_hz);
    cJSON *memory = json_array(o, "memory");
    for (int i = 0; i < b->nregions; i++) {
        const struct region *r = &b->region[i];
        cJSON *one = json_object(memory, NULL);
        json_text(one, "name", r->name);
        json_uint(one, "base", r->base);
        json_uint(one, "size", r->size);
        json_text(one, "kind", board_region_kind_names[r->kind]);
        json_text(one, "source", r->source);
    }
    cJSON *states = json_array(o, "wait_states");
    for (int i = 0; i < b->flash.nws; i++) {
        cJSON *one = json_object(states, NULL);
        json_uint(one, "ws", b->flash.ws[i].ws);
        json_uint(one, "max_hz", b->flash.ws[i].max_hz);
    }
}

static bool show(const char *name, cJSON *json, struct buf *text, struct err *e)
{
    struct board *b = board_load(name, e);
    bool ok = b && (json || show_text(b, text, e));
    if (ok && json)
        show_json(b, json);
    free(b);
    return ok;
}

static bool line(const char *name, struct buf *out, struct err *e)
{
    struct board *b = board_load(name, e);
    if (b)
        buf_printf(out, "%-10s %s, %s, %.0f MHz", b->name, b->title, b->core,
                   (double)b->max_hz / 1e6);
    bool ok = b != NULL;
    free(b);
    return ok;
}

static int run(int argc, char **argv);

const struct command cmd_board = {
    .name = "board",
    .brief = "the boards: memory map, clocks, flash, energy, each with its source",
    .usage = "board list|show NAME|new NAME --from NAME [--json]",
    .about = "Prints the machine that `run` believes in; NAME may be a file. `new` copies a "
             "description (docs/boards.md).\n",
    .run = run,
};

static int run(int argc, char **argv)
{
    const struct catalogue boards = {
        .kind = "board", .folder = "sim/boards", .line = line, .show = show};
    return catalogue_run(&cmd_board, &boards, argc, argv);
}
