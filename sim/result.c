/* What a run left, as rows: scopes, tallies, costs and peaks (docs/schema.md). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/machine.h"
#include "base/data.h"
#include "sim/exec/access.h"
#include "sim/exec/ground.h"
#include "sim/image/names.h"

static const char *part_component(const struct machine *m, int part)
{
    if (part == PART_PERIPH || part == PART_PRIVATE)
        return "peripheral";
    if (part == PART_HOLE)
        return m->opt.mode == MODE_STATIC ? "any" : "hole";
    return m->board->region[m->memory.part[part].region].name;
}

static void tally(struct rows *out, int row, const char *component, const char *action, uint64_t n)
{
    rows_tally(out, row, component, action, n);
    if (n)
        rows_cost(out, component, action, 0, 0, "counted");
}

static void traffic(struct machine *m, struct rows *out, int row, const struct scope *s)
{
    static const unsigned bits[4] = {8, 16, 32, 64};
    uint64_t use[PK_COUNT][2] = {{0}};
    for (int r = -2; r < m->board->nregions; r++)
        for (int store = 0; store < 2; store++)
            for (int w = 0; w < 4; w++) {
                uint64_t n = 0;
                const char *name = NULL;
                for (int p = 0; p < PART_SLOTS; p++) {
                    bool here = r >= 0    ? p < m->memory.nparts && m->memory.part[p].region == r
                                : r == -1 ? p == PART_PERIPH || p == PART_PRIVATE
                                          : p == PART_HOLE;
                    if (!here)
                        continue;
                    name = part_component(m, p);
                    n += s->access[p][store][w];
                    if (p < m->memory.nparts)
                        use[m->memory.part[p].kind][store] += s->access[p][store][w] * bits[w] / 8;
                }
                char action[16];
                snprintf(action, sizeof action, "%s%u", store ? "write" : "read", bits[w]);
                if (name)
                    tally(out, row, name, action, n);
            }
    for (int k = 0; k < PK_COUNT; k++)
        for (int store = 0; store < 2; store++)
            if (use[k][store]) {
                char action[24];
                snprintf(action, sizeof action, "%s.%s", access_part_names[k],
                         store ? "written" : "read");
                tally(out, row, "bytes", action, use[k][store]);
            }
}

static void core_tallies(struct machine *m, struct rows *out, int row, const struct scope *s)
{
    const struct board_energy *g = board_supply(m->board, m->opt.supply);
    static const double none[3] = {0, 0, 0}, unknown[3] = {NAN, NAN, NAN};
    const double *pj = g->present ? g->pj_per_cycle : unknown;
    for (int i = 0; i < STALL_COUNT; i++) {
        bool event = i == STALL_FOLD || i == STALL_DUAL;
        rows_tally(out, row, "core", isa_stall_names[i], s->stall[i]);
        if (s->stall[i])
            rows_cost_band(out, "core", isa_stall_names[i], event ? 0 : 1, event ? none : pj,
                           event        ? "counted"
                           : g->present ? g->source
                                        : "counted");
    }
    tally(out, row, "core", "instructions", s->instructions);
    tally(out, row, "core", "macs", s->mul);
    tally(out, row, "core", "calls", (s->entered + s->strips - 1) / s->strips);
}

static int by_place(const void *a, const void *b)
{
    const struct path *const *x = a, *const *y = b;
    return ((*x)->addr > (*y)->addr) - ((*x)->addr < (*y)->addr);
}

/* Bytes of code that were executed in each scope, each byte counted once; behind them, in any. NULL
 * without memory. */
static uint64_t *code_touched(const struct machine *m)
{
    size_t n = 0;
    const struct path **list = calloc(m->code.npaths + 1, sizeof *list);
    uint64_t *bytes = calloc(m->scopes.n + 1, sizeof *bytes);
    uint32_t *end = calloc(m->scopes.n + 1, sizeof *end); /* of what was counted */
    for (const struct path *k = m->code.all; list && k; k = k->all)
        if (k->block->region >= 0 && k->count)
            list[n++] = k;
    if (list && n)
        qsort(list, n, sizeof *list, by_place);
    for (size_t i = 0; bytes && end && i < n; i++) {
        const size_t in[2] = {(size_t)list[i]->scope, m->scopes.n};
        uint32_t stop = list[i]->addr + list[i]->size;
        for (int k = 0; k < 2; k++) {
            uint32_t from = list[i]->addr > end[in[k]] ? list[i]->addr : end[in[k]];
            bytes[in[k]] += stop > from ? stop - from : 0;
            end[in[k]] = stop > from ? stop : end[in[k]];
        }
    }
    bool ok = list && bytes && end;
    free(list);
    free(end);
    if (ok)
        return bytes;
    free(bytes);
    return NULL;
}

static int by_order(const void *a, const void *b)
{
    const struct scope *const *x = a, *const *y = b;
    return ((*x)->order > (*y)->order) - ((*x)->order < (*y)->order);
}

static bool scopes(struct machine *m, struct rows *out, const uint64_t *touched, struct err *e)
{
    struct scope **list = calloc(m->scopes.n, sizeof *list);
    int *row = calloc(m->scopes.n, sizeof *row);
    if (!list || !row) {
        free(list);
        free(row);
        return err_nomem(e);
    }
    size_t n = 0;
    for (size_t i = 0; i < m->scopes.n; i++)
        if (m->scopes.list[i].order >= 0)
            list[n++] = &m->scopes.list[i];
    qsort(list, n, sizeof *list, by_order);
    for (size_t i = 0; i < n; i++) {
        struct scope *s = list[i];
        int parent = i == 0 ? -1 : s->parent >= 0 ? row[s->parent] : 0;
        int id = row[s - m->scopes.list] =
            rows_scope(out, parent, s->name, s->op, s->macs, s->params);
        if (id < 0)
            break;
        core_tallies(m, out, id, s);
        traffic(m, out, id, s);
        if (s->stack)
            rows_peak(out, id, "stack", s->stack);
        if (i > 0)
            rows_peak(out, id, "code_touched", touched[s - m->scopes.list]);
    }
    if (m->board->cache.line_bytes) {
        tally(out, 0, "icache", "fill", m->memory.icache.misses);
        tally(out, 0, "dcache", "fill", m->memory.dcache.misses);
        tally(out, 0, "dcache", "writeback", m->memory.dcache.writebacks);
    }
    tally(out, 0, "art", "icache.fill", m->memory.art_i.misses);
    tally(out, 0, "art", "dcache.fill", m->memory.art_d.misses);
    free(list);
    free(row);
    return true;
}

static uint64_t heap_used(const struct machine *m)
{
    for (int i = 0; i < m->memory.nparts; i++) {
        const struct memory_part *p = &m->memory.part[i];
        if (p->kind != PK_HEAP)
            continue;
        const uint8_t *b = m->mem[p->region] + (p->base - m->board->region[p->region].base);
        uint32_t n = p->end - p->base;
        while (n && !b[n - 1])
            n--;
        return n;
    }
    return 0;
}

static void peaks(struct machine *m, struct rows *out, const uint64_t *touched)
{
    uint64_t bytes[PK_COUNT] = {0};
    for (int i = 0; i < m->memory.nparts; i++)
        if (m->board->region[m->memory.part[i].region].kind != REGION_FLASH)
            bytes[m->memory.part[i].kind] += m->memory.part[i].end - m->memory.part[i].base;
    rows_peak(out, -1, "data", bytes[PK_DATA]);
    rows_peak(out, -1, "bss", bytes[PK_BSS]);
    rows_peak(out, -1, "arena", bytes[PK_ARENA]);
    rows_peak(out, -1, "stack", m->stack.top - m->stack.low);
    rows_peak(out, -1, "heap", heap_used(m));
    if (bytes[PK_CODE])
        rows_peak(out, -1, "code_in_sram", bytes[PK_CODE]);
    rows_peak(out, -1, "flash", m->result.flash_bytes);
    rows_peak(out, -1, "code_touched", touched[m->scopes.n]);
}
static bool config(struct machine *m, struct buf *out, struct err *e)
{
    cJSON *o = json_root();
    json_uint(o, "core_hz", m->clocks.core_hz);
    json_uint(o, "firmware_hz", m->clocks.firmware_hz);
    json_uint(o, "bus_hz", m->clocks.core_hz / m->clocks.bus_ratio);
    json_uint(o, "wait_states", m->memory.ws);
    int need = board_wait_states(m->board, m->clocks.core_hz / m->clocks.bus_ratio);
    if (need < 0 || (uint32_t)need > m->memory.ws)
        json_int(o, "wait_states_needed", need); /* -1: more than any */
    json_int(o, "icache", m->memory.icache.on || m->memory.art_i.on);
    json_int(o, "dcache", m->memory.dcache.on || m->memory.art_d.on);
    json_int(o, "prefetch", m->memory.prefetch);
    if (*m->image->build_id)
        json_text(o, "build_id", m->image->build_id);
    const struct board_energy *g = board_supply(m->board, m->opt.supply);
    if (g->present) {
        json_text(o, "supply", g->name);
        json_bool(o, "energy_assumed", g->assumed);
    }
    json_uint(o, "board_sram_bytes", board_bytes(m->board, true));
    json_uint(o, "board_flash_bytes", board_bytes(m->board, false));
    if (m->opt.clock_hz)
        json_uint(o, "clock_override", m->opt.clock_hz);
    if (m->opt.mode != MODE_EXACT)
        json_text(o, "accounting", m->opt.mode == MODE_STATIC ? "static" : "hooks");
    const cJSON *item;
    cJSON_ArrayForEach(item, m->firmware.config) json_copy(o, item->string, item);
    bool ok = ground_config(m, o, e);
    return (json_print(o, JSON_COMPACT, out) || err_nomem(e)) && ok;
}

bool machine_rows(struct machine *m, struct rows *out, struct err *e)
{
    struct run_meta *r = &out->run;
    snprintf(r->kind, sizeof r->kind, "iss");
    snprintf(r->platform, sizeof r->platform, "%s", m->board->name);
    snprintf(r->core, sizeof r->core, "%s", m->board->core);
    snprintf(r->network, sizeof r->network, "%s", m->firmware.net.network);
    snprintf(r->tool_version, sizeof r->tool_version, "%s", ETINYSIM_VERSION);
    snprintf(r->elf_sha256, sizeof r->elf_sha256, "%s", m->image->sha256);
    snprintf(r->inputs_sha256, sizeof r->inputs_sha256, "%s", m->firmware.inputs_sha256);
    r->width = m->firmware.net.width;
    snprintf(r->shape, sizeof r->shape, "%s", m->firmware.net.shape);
    r->wbits = m->firmware.net.wbits;
    r->abits = m->firmware.net.abits;
    snprintf(r->quant, sizeof r->quant, "%s", m->firmware.net.quant);
    time_t now = time(NULL);
    struct tm tm;
    if (gmtime_r(&now, &tm))
        strftime(r->started_at, sizeof r->started_at, "%Y-%m-%dT%H:%M:%SZ", &tm);
    r->clock_hz = m->clocks.core_hz;
    struct buf c = {0};
    if (!config(m, &c, e)) {
        buf_free(&c);
        return false;
    }
    r->config_json = c.data;
    uint64_t *touched = code_touched(m);
    bool ok = touched ? scopes(m, out, touched, e) : err_nomem(e);
    if (ok)
        peaks(m, out, touched);
    free(touched);
    return ok && (!out->failed || err_nomem(e));
}

const char *machine_warnings(const struct machine *m)
{
    return buf_text(&m->result.warnings);
}

void machine_summary(const struct machine *m, struct machine_totals *out)
{
    *out = (struct machine_totals){.board = m->board->name,
                                   .core = m->board->core,
                                   .clock_hz = m->clocks.core_hz,
                                   .exit_code = m->result.exit_code,
                                   .host_ns = m->result.host_ns,
                                   .stack_bytes = m->stack.top - m->stack.low};
    for (size_t i = 0; i < m->scopes.n; i++) {
        out->cycles += m->scopes.list[i].cycles;
        out->instructions += m->scopes.list[i].instructions;
        for (int k = 0; k < STALL_COUNT; k++)
            out->stall[k] += m->scopes.list[i].stall[k];
    }
    const struct board_energy *g = board_supply(m->board, m->opt.supply);
    out->energy_low = g->present ? g->pj_per_cycle[0] / g->pj_per_cycle[1] : 1;
    out->energy_high = g->present ? g->pj_per_cycle[2] / g->pj_per_cycle[1] : 1;
    const struct symbol *s = image_elf_function(m->image, m->stack.low_pc);
    image_name_text(s ? s->name : "?", out->stack_peak_at, sizeof out->stack_peak_at);
    out->stack_peak_scope = m->scopes.list[m->stack.low_scope].name;
}
