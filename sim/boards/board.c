#include "sim/boards/board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/desc.h"
#include "base/ledger.h"
#include "isa/cpu.h"

const char *const board_region_kind_names[] = {"flash", "sram",     "ccm", "itcm",
                                               "dtcm",  "external", NULL};
static const char *const domain_names[] = {"cpu", "axi", NULL};
static const char *const cached_names[] = {"no", "wt", "wbwa", NULL};
static const char *const tree_names[] = {"f4", "l4", "h7", NULL};
static const char *const interface_names[] = {"plain", "art", NULL};

static bool text(const struct desc_node *m, const char *key, char *out, size_t size, struct err *e)
{
    const char *s;
    if (!desc_map_str(m, key, &s, e))
        return false;
    if (strlen(s) >= size)
        return desc_err(desc_map_get(m, key), e, "'%s' is longer than %zu characters", s, size - 1);
    memcpy(out, s, strlen(s) + 1);
    return true;
}

static bool u32(const struct desc_node *m, const char *key, uint32_t min, uint32_t max,
                uint32_t *out, struct err *e)
{
    uint64_t v;
    if (!desc_map_u64(m, key, min, max, &v, e))
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool opt_u32(const struct desc_node *m, const char *key, uint32_t min, uint32_t max,
                    uint32_t *out, struct err *e)
{
    uint64_t v = *out;
    if (!desc_opt_u64(m, key, min, max, &v, e))
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool source_of(const struct desc_node *m, char out[SOURCE_LEN], bool *assumed, struct err *e)
{
    const char *s;
    bool a;
    if (!desc_map_source(m, &s, &a, e))
        return false;
    snprintf(out, SOURCE_LEN, "%s", s);
    if (assumed)
        *assumed = a;
    return true;
}

static bool power_of_two(const struct desc_node *m, const char *key, uint32_t v, struct err *e)
{
    return (v & (v - 1)) == 0 ||
           desc_err(desc_map_get(m, key), e, "%s is %u, expected a power of two", key, v);
}

static bool load_grant(const struct desc_node *n, struct region *r, struct err *e)
{
    return !n || (u32(n, "load", 0, 10, &r->grant_load, e) &&
                  u32(n, "stores", 0, 10, &r->grant_stores, e) &&
                  source_of(n, r->grant_source, NULL, e) && desc_map_done(n, e));
}

static bool load_region(struct board *b, const struct desc_node *n, struct err *e)
{
    struct region *r = &b->region[b->nregions];
    int kind, domain, cached = CACHED_NO;
    const char *alias = NULL;
    const struct desc_node *exec = desc_map_need(n, "exec", e);
    if (!exec || !desc_bool(exec, &r->exec, e) || !text(n, "name", r->name, sizeof r->name, e) ||
        !u32(n, "base", 0, UINT32_MAX, &r->base, e) ||
        !u32(n, "size", 4096, 0x4000000, &r->size, e) ||
        !desc_map_enum(n, "kind", board_region_kind_names, &kind, e) ||
        !desc_map_enum(n, "domain", domain_names, &domain, e) ||
        !desc_opt_enum(n, "cached", cached_names, &cached, e) ||
        !opt_u32(n, "setup", 0, 1000, &r->setup, e) || !opt_u32(n, "beat", 0, 1000, &r->beat, e) ||
        !opt_u32(n, "contention", 0, 10, &r->contention, e) ||
        !desc_opt_str(n, "alias_of", &alias, e) || !load_grant(desc_map_get(n, "grant"), r, e) ||
        !source_of(n, r->source, NULL, e) || !desc_map_done(n, e))
        return false;
    r->kind = (enum region_kind)kind;
    r->domain = (enum bus_domain)domain;
    r->cached = (enum cache_policy)cached;
    r->alias_of = -1;
    if (r->base % 4096 || r->size % 4096 || (uint64_t)r->base + r->size > UINT32_MAX)
        return desc_err(n, e, "base and size must be multiples of 4096 below 4 GiB");
    if ((r->base >= 0x40000000 && r->base < 0x60000000) || r->base >= 0xe0000000)
        return desc_err(n, e, "0x%08x belongs to the peripherals", r->base);
    for (int i = 0; i < b->nregions; i++) {
        const struct region *o = &b->region[i];
        if (r->base < o->base + o->size && o->base < r->base + r->size)
            return desc_err(n, e, "overlaps '%s'", o->name);
        if (!strcmp(r->name, o->name))
            return desc_err(n, e, "'%s' is given twice", r->name);
        if (alias && !strcmp(alias, o->name)) {
            if (o->size != r->size || o->alias_of >= 0)
                return desc_err(
                    n, e, "an alias has the size of the region it shows, which is none itself");
            r->alias_of = i;
        }
    }
    if (alias && r->alias_of < 0)
        return desc_err(n, e, "alias_of names no region above: '%s'", alias);
    b->nregions++;
    return true;
}

static bool load_memory(struct board *b, const struct desc_node *root, struct err *e)
{
    const struct desc_node *list = desc_map_need(root, "memory", e);
    if (!list)
        return false;
    if (desc_list_len(list) == 0 || desc_list_len(list) > MAX_REGIONS)
        return desc_err(list, e, "expected a list of 1 to %d regions", MAX_REGIONS);
    for (size_t i = 0; i < desc_list_len(list); i++)
        if (!load_region(b, desc_list_at(list, i), e))
            return false;
    return true;
}

static bool load_flash(struct board *b, const struct desc_node *root, struct err *e)
{
    struct board_flash *f = &b->flash;
    const struct desc_node *n = desc_map_need(root, "flash", e);
    const char *region;
    int interface;
    if (!n || !desc_map_enum(n, "interface", interface_names, &interface, e) ||
        !desc_map_str(n, "region", &region, e) || !u32(n, "line_bytes", 4, 64, &f->line_bytes, e) ||
        !power_of_two(n, "line_bytes", f->line_bytes, e))
        return false;
    f->art = interface == 1;
    f->cache_line_bytes = f->line_bytes;
    if (!opt_u32(n, "cache_line_bytes", f->line_bytes, 64, &f->cache_line_bytes, e) ||
        !power_of_two(n, "cache_line_bytes", f->cache_line_bytes, e) ||
        !u32(n, "icache_lines", 0, 256, &f->icache_lines, e) ||
        !u32(n, "dcache_lines", 0, 256, &f->dcache_lines, e) ||
        !u32(n, "acr", 0x40000000, 0x5fffffff, &f->acr, e) ||
        !opt_u32(n, "acr_reset", 0, UINT32_MAX, &f->acr_reset, e) ||
        !u32(n, "latency_bits", 1, 4, &f->latency_bits, e) ||
        !u32(n, "prefetch_bit", 0, 32, &f->prefetch_bit, e) ||
        !u32(n, "icache_bit", 0, 32, &f->icache_bit, e) ||
        !u32(n, "dcache_bit", 0, 32, &f->dcache_bit, e) || !source_of(n, f->source, NULL, e))
        return false;
    if (!f->art && (f->icache_lines || f->dcache_lines))
        return desc_err(n, e, "lines of flash, but only 'interface: art' has them: expected 0");
    const struct desc_node *conflict = desc_map_get(n, "conflict");
    double cycles;
    if (conflict) {
        if (!desc_map_real(conflict, "cycles", 0, 100, &cycles, e) ||
            !source_of(conflict, f->conflict_source, NULL, e) || !desc_map_done(conflict, e))
            return false;
        f->conflict_1024 = (uint32_t)(cycles * 1024 + 0.5);
    }
    f->region = -1;
    for (int i = 0; i < b->nregions; i++)
        if (!strcmp(b->region[i].name, region) && b->region[i].kind == REGION_FLASH)
            f->region = i;
    if (f->region < 0)
        return desc_err(desc_map_get(n, "region"), e, "'%s' is no flash region of this board",
                        region);
    const struct desc_node *list = desc_map_need(n, "wait_states", e);
    if (!list)
        return false;
    if (desc_list_len(list) == 0 || desc_list_len(list) > MAX_WAIT_STATES)
        return desc_err(list, e, "expected a list of 1 to %d entries", MAX_WAIT_STATES);
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *w = desc_list_at(list, i);
        struct wait_state *s = &f->ws[f->nws++];
        char source[SOURCE_LEN];
        if (!u32(w, "ws", 0, 15, &s->ws, e) ||
            !desc_map_u64(w, "max_hz", 1, 2000000000, &s->max_hz, e) ||
            !source_of(w, source, NULL, e) || !desc_map_done(w, e))
            return false;
        if (i && (s->ws <= s[-1].ws || s->max_hz <= s[-1].max_hz))
            return desc_err(w, e, "wait states and clocks must rise from entry to entry");
    }
    return desc_map_done(n, e);
}

enum { CACHE_LINE = 32 }; /* fixed by the architecture of the core, and what sim/memory/ models */

static bool load_cache(struct board *b, const struct desc_node *root, struct err *e)
{
    struct board_cache *c = &b->cache;
    const struct desc_node *n = desc_map_get(root, "cache");
    if (!n)
        return true;
    if (!u32(n, "line_bytes", 8, 128, &c->line_bytes, e) ||
        !u32(n, "icache_bytes", 1024, 65536, &c->ibytes, e) ||
        !u32(n, "icache_ways", 1, 8, &c->iways, e) ||
        !u32(n, "dcache_bytes", 1024, 65536, &c->dbytes, e) ||
        !u32(n, "dcache_ways", 1, 8, &c->dways, e) || !source_of(n, c->source, NULL, e))
        return false;
    if (c->line_bytes != CACHE_LINE)
        return desc_err(desc_map_get(n, "line_bytes"), e,
                        "line_bytes: the lines of the core's caches have %d bytes", CACHE_LINE);
    return power_of_two(n, "icache_bytes", c->ibytes, e) &&
           power_of_two(n, "icache_ways", c->iways, e) &&
           power_of_two(n, "dcache_bytes", c->dbytes, e) &&
           power_of_two(n, "dcache_ways", c->dways, e) && desc_map_done(n, e);
}

static int register_index(const struct board *b, const char *name)
{
    for (int i = 0; i < b->nregisters; i++)
        if (!strcmp(b->reg[i].name, name))
            return i;
    return -1;
}

static bool load_follow(struct board *b, int self, const struct desc_node *list, struct err *e)
{
    struct board_register *r = &b->reg[self];
    if (desc_list_len(list) > MAX_FOLLOW || !desc_is_list(list))
        return desc_err(list, e, "expected a list of at most %d entries", MAX_FOLLOW);
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *n = desc_list_at(list, i);
        uint32_t bit, flag, width = 1;
        const char *in = NULL;
        if (!u32(n, "bit", 0, 31, &bit, e) || !u32(n, "flag", 0, 31, &flag, e) ||
            !opt_u32(n, "width", 1, 8, &width, e) || !desc_opt_str(n, "in", &in, e) ||
            !desc_map_done(n, e))
            return false;
        if (bit + width > 32 || flag + width > 32)
            return desc_err(n, e, "reaches beyond bit 31");
        int target = in ? register_index(b, in) : self;
        if (target < 0)
            return desc_err(n, e, "'%s' is no register of this list", in);
        r->follow[r->nfollow++] =
            (struct follow){(uint8_t)bit, (uint8_t)flag, (uint8_t)width, target};
    }
    return true;
}

bool board_add_registers(struct board *b, const struct desc_node *n, struct err *e)
{
    char source[SOURCE_LEN];
    const struct desc_node *list = desc_map_need(n, "list", e);
    if (!list || !source_of(n, source, NULL, e))
        return false;
    int first = b->nregisters;
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *m = desc_list_at(list, i);
        if (b->nregisters == MAX_REGISTERS)
            return desc_err(m, e, "more than %d registers", MAX_REGISTERS);
        struct board_register *r = &b->reg[b->nregisters];
        if (!text(m, "name", r->name, sizeof r->name, e) ||
            !u32(m, "address", 0x40000000, UINT32_MAX, &r->address, e) ||
            !opt_u32(m, "reset", 0, UINT32_MAX, &r->reset, e) ||
            !opt_u32(m, "always", 0, UINT32_MAX, &r->always, e) ||
            !opt_u32(m, "never", 0, UINT32_MAX, &r->never, e) ||
            !opt_u32(m, "cleared_by_1", 0, UINT32_MAX, &r->cleared, e) ||
            !opt_u32(m, "clear_bits", 0, UINT32_MAX, &r->clear_bits, e) ||
            !opt_u32(m, "clears", 0, UINT32_MAX, &r->clears, e) ||
            !opt_u32(m, "software_reset", 0, UINT32_MAX, &r->software_reset, e) ||
            !desc_opt_bool(m, "backup", &r->backup, e))
            return false;
        if (r->address % 4)
            return desc_err(m, e, "address 0x%08x is not a multiple of 4", r->address);
        for (int k = 0; k < b->nregisters; k++)
            if (b->reg[k].address == r->address)
                return desc_err(m, e, "0x%08x is '%s' already", r->address, b->reg[k].name);
        if (register_index(b, r->name) >= 0)
            return desc_err(m, e, "'%s' is given twice", r->name);
        b->nregisters++;
    }
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *m = desc_list_at(list, i), *follow = desc_map_get(m, "follow");
        if ((follow && !load_follow(b, first + (int)i, follow, e)) || !desc_map_done(m, e))
            return false;
    }
    return desc_map_done(n, e);
}

static bool load_registers(struct board *b, const struct desc_node *root, struct err *e)
{
    const struct desc_node *n = desc_map_need(root, "registers", e);
    return n && board_add_registers(b, n, e);
}

static bool load_supply(struct board *b, const struct desc_node *n, struct err *e)
{
    static const char *const regulators[] = {"ldo", "smps", NULL};
    struct board_energy *g = &b->energy[b->nsupplies];
    double ua[3], sleep;
    int regulator;
    if (!desc_map_real(n, "supply_v", 0.5, 6, &g->supply_v, e) ||
        !desc_map_enum(n, "regulator", regulators, &regulator, e) ||
        !desc_map_real(n, "run_ua_per_mhz_low", 0, 1e5, &ua[0], e) ||
        !desc_map_real(n, "run_ua_per_mhz", ua[0], 1e5, &ua[1], e) ||
        !desc_map_real(n, "run_ua_per_mhz_high", ua[1], 1e5, &ua[2], e) ||
        !desc_map_real(n, "sleep_ua", 0, 1e6, &sleep, e) ||
        !source_of(n, g->source, &g->assumed, e))
        return false;
    for (int i = 0; i < 3; i++)
        g->pj_per_cycle[i] = ua[i] * g->supply_v;
    g->sleep_w = sleep * 1e-6 * g->supply_v;
    snprintf(g->name, sizeof g->name, "%s-%.1f", regulators[regulator], g->supply_v);
    g->present = true;
    b->nsupplies++;
    return true;
}

static bool load_energy(struct board *b, const struct desc_node *root, struct err *e)
{
    const struct desc_node *n = desc_map_get(root, "energy");
    if (!n)
        return true;
    const struct desc_node *others = desc_map_get(n, "others");
    if (!load_supply(b, n, e))
        return false;
    for (size_t i = 0; others && i < desc_list_len(others); i++) {
        const struct desc_node *one = desc_list_at(others, i);
        if (b->nsupplies == MAX_SUPPLIES)
            return desc_err(one, e, "more than %d supplies", MAX_SUPPLIES);
        if (!load_supply(b, one, e) || !desc_map_done(one, e))
            return false;
    }
    return desc_map_done(n, e);
}

const struct board_energy *board_supply(const struct board *b, const char *name)
{
    if (!name)
        return &b->energy[0];
    for (int i = 0; i < b->nsupplies; i++)
        if (!strcmp(b->energy[i].name, name))
            return &b->energy[i];
    return NULL;
}

uint64_t board_bytes(const struct board *b, bool sram)
{
    uint64_t n = 0;
    for (int i = 0; i < b->nregions; i++) {
        const struct region *r = &b->region[i];
        if (r->alias_of < 0 && r->kind != REGION_EXTERNAL && (r->kind != REGION_FLASH) == sram)
            n += r->size;
    }
    return n;
}

/* How the part's maker built the core. */
static bool load_part(struct board *b, const struct desc_node *root, struct err *e)
{
    enum { LINES = 240 };
    char source[SOURCE_LEN];
    b->interrupts = LINES;
    const struct desc_node *part = desc_map_get(root, "part");
    return !part || (u32(part, "interrupts", 1, LINES, &b->interrupts, e) &&
                     opt_u32(part, "cpuid", 0, UINT32_MAX, &b->cpuid, e) &&
                     source_of(part, source, NULL, e) && desc_map_done(part, e));
}

struct firmware_number { /* a key of the section, the name that the compiler gets, its range */
    const char *key, *name;
    uint64_t low, high;
};

static void define(struct board *b, const char *name, uint64_t value)
{
    if (b->ndefines < MAX_DEFINES)
        snprintf(b->define[b->ndefines++], sizeof *b->define, "-D%s=%llu", name,
                 (unsigned long long)value);
}

static bool numbers(struct board *b, const struct desc_node *n, const struct firmware_number *list,
                    size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t v;
        if (!desc_map_u64(n, list[i].key, list[i].low, list[i].high, &v, e))
            return false;
        define(b, list[i].name, v);
    }
    return desc_map_done(n, e);
}

/* A port of GPIO is a letter in the file and a number for the compiler. */
static bool port(struct board *b, const struct desc_node *n, const char *name, struct err *e)
{
    static const char *const letters[] = {"A", "B", "C", "D", "E", "F", "G", "H", "I", NULL};
    int i;
    if (!desc_map_enum(n, "port", letters, &i, e))
        return false;
    define(b, name, (uint64_t)('A' + i));
    return true;
}

/* The section `firmware`: clocks, console and pin for start-up code of the family. */
static bool load_firmware(struct board *b, const struct desc_node *root, struct err *e)
{
    static const struct firmware_number pll[] = {{"m", "PLL_M", 2, 63},
                                                 {"n", "PLL_N", 50, 432},
                                                 {"p", "PLL_P", 2, 8},
                                                 {"q", "PLL_Q", 2, 15}};
    static const struct firmware_number console[] = {{"usart", "CONSOLE", 0x40000000, 0x5fffffff},
                                                     {"clock_bit", "CONSOLE_CLOCK", 0, 31},
                                                     {"pin", "CONSOLE_PIN", 0, 15},
                                                     {"af", "CONSOLE_AF", 0, 15}};
    static const struct firmware_number pin[] = {{"pin", "PIN", 0, 15}};
    const struct desc_node *n = desc_map_get(root, "firmware");
    uint64_t hz, apb1, apb2, scale;
    if (!n)
        return true;
    if (b->tree != TREE_F4 || strcmp(b->family, "stm32f4"))
        return desc_err(n, e, "start-up code of %s takes no such section, expected `startup`",
                        b->family);
    const struct desc_node *p = desc_map_need(n, "pll", e),
                           *c = p ? desc_map_need(n, "console", e) : NULL,
                           *g = c ? desc_map_need(n, "pin", e) : NULL;
    char source[SOURCE_LEN];
    if (!g || !desc_map_u64(n, "core_hz", 1000000, b->max_hz, &hz, e) ||
        !desc_map_u64(n, "apb1_divider", 1, 16, &apb1, e) ||
        !desc_map_u64(n, "apb2_divider", 1, 16, &apb2, e) ||
        !desc_map_u64(n, "voltage_scale", 0, 3, &scale, e) || !port(b, c, "CONSOLE_PORT", e) ||
        !port(b, g, "PIN_PORT", e) || !numbers(b, p, pll, 4, e) || !numbers(b, c, console, 4, e) ||
        !numbers(b, g, pin, 1, e) || !source_of(n, source, NULL, e) || !desc_map_done(n, e))
        return false;
    int waits = board_wait_states(b, hz);
    if (waits < 0)
        return desc_err(n, e, "no wait states of the flash serve %llu Hz", (unsigned long long)hz);
    define(b, "CORE_HZ", hz);
    define(b, "WAIT", (uint64_t)waits);
    define(b, "APB1_DIVIDER", apb1);
    define(b, "APB2_DIVIDER", apb2);
    define(b, "VOLTAGE_SCALE", scale);
    return true;
}

static bool load(struct board *b, const struct desc_node *root, struct err *e)
{
    int fpu, tree;
    char source[SOURCE_LEN];
    if (!text(root, "name", b->name, sizeof b->name, e) ||
        !text(root, "title", b->title, sizeof b->title, e) ||
        !text(root, "core", b->core, sizeof b->core, e) ||
        !text(root, "family", b->family, sizeof b->family, e) ||
        (desc_map_get(root, "startup") &&
         !text(root, "startup", b->startup, sizeof b->startup, e)) ||
        !desc_map_enum(root, "fpu", cpu_fpu_names, &fpu, e) ||
        !desc_map_u64(root, "max_hz", 1000000, 2000000000, &b->max_hz, e) ||
        !source_of(root, b->source, NULL, e))
        return false;
    snprintf(b->fpu, sizeof b->fpu, "%s", cpu_fpu_names[fpu]);
    const struct desc_node *clock = desc_map_need(root, "clock", e);
    if (!clock || !desc_map_enum(clock, "tree", tree_names, &tree, e) ||
        !desc_map_u64(clock, "hsi_hz", 1000000, 100000000, &b->hsi_hz, e) ||
        !desc_map_u64(clock, "hse_hz", 1000000, 100000000, &b->hse_hz, e) ||
        !source_of(clock, source, NULL, e) || !desc_map_done(clock, e))
        return false;
    b->tree = (enum clock_tree)tree;
    return load_part(b, root, e) && load_memory(b, root, e) && load_flash(b, root, e) &&
           load_cache(b, root, e) && load_registers(b, root, e) && load_energy(b, root, e) &&
           load_firmware(b, root, e) && ledger_check(desc_map_get(root, "ledger"), e) &&
           desc_map_done(root, e);
}

struct board *board_parse(const char *name, const char *text, size_t len, struct err *e)
{
    struct board *b = calloc(1, sizeof *b);
    if (!b) {
        err_nomem(e);
        return NULL;
    }
    snprintf(b->path, sizeof b->path, "%s", name);
    struct desc *d = desc_parse(b->path, text, len, e);
    if (d)
        desc_collect_missing(d);
    bool ok = d && desc_complete(d, load(b, desc_root(d), e), e);
    desc_free(d);
    if (!ok) {
        free(b);
        return NULL;
    }
    data_sha256(text, len, b->sha256);
    return b;
}

struct board *board_load(const char *name, struct err *e)
{
    char path[sizeof((struct board *)0)->path];
    struct buf file = {0};
    struct board *b = NULL;
    if (data_find(path, sizeof path, "board", "sim/boards", name, e) &&
        buf_read_file(&file, path, 1 << 20, e))
        b = board_parse(path, buf_text(&file), file.len, e);
    buf_free(&file);
    return b;
}

int board_region(const struct board *b, uint32_t addr, uint32_t n)
{
    for (int i = 0; i < b->nregions; i++) {
        const struct region *r = &b->region[i];
        if (addr < r->base || addr - r->base >= r->size)
            continue;
        uint32_t room = r->size - (addr - r->base);
        if (n <= room)
            return i;
        int next = board_adjacent(b, i);
        return next >= 0 && board_region(b, b->region[next].base, n - room) >= 0 ? i : -1;
    }
    return -1;
}

int board_adjacent(const struct board *b, int i)
{
    const struct region *r = &b->region[i];
    for (int k = 0; k < b->nregions && r->alias_of < 0; k++)
        if (b->region[k].alias_of < 0 && b->region[k].base == r->base + r->size)
            return k;
    return -1;
}

const struct board_register *board_register(const struct board *b, const char *name)
{
    int i = register_index(b, name);
    return i < 0 ? NULL : &b->reg[i];
}

int board_wait_states(const struct board *b, uint64_t hz)
{
    for (int i = 0; i < b->flash.nws; i++)
        if (hz <= b->flash.ws[i].max_hz)
            return (int)b->flash.ws[i].ws;
    return -1;
}
