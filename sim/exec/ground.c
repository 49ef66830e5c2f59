#include "sim/exec/ground.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/desc.h"
#include "sim/image/lines.h"

enum ground {
#define GROUND(name, key, text) GROUND_##name,
#include "sim/exec/grounds.def"
#undef GROUND
    GROUND_COUNT,
    GROUND_ANY = GROUND_COUNT, /* of a measured figure, whatever it stands on */
    ASSEMBLY = 63,             /* of a block: its source is assembly */
};

static const char *const keys[] = {
#define GROUND(name, key, text) key,
#include "sim/exec/grounds.def"
#undef GROUND
    "any", NULL};
static const char *const texts[] = {
#define GROUND(name, key, text) text,
#include "sim/exec/grounds.def"
#undef GROUND
};

/* Cycles of the blocks that stood on the same grounds. */
struct use {
    uint64_t grounds; /* as bits */
    double cycles;
};
enum { MAX_USES = 128 };

struct ground_counts {
    struct use use[MAX_USES];
    int n;
    struct line_table *lines; /* NULL: not looked at yet */
};

static uint64_t bit(int ground)
{
    return UINT64_C(1) << ground;
}

/* ---- what a block stands on ---- */

static uint64_t code_ground(const struct memory *m, int region)
{
    const struct region *r = &m->board->region[region];
    uint32_t line = m->board->flash.line_bytes;
    if (r->kind == REGION_ITCM || r->kind == REGION_DTCM)
        return bit(GROUND_CODE_TCM);
    if (r->kind == REGION_EXTERNAL)
        return bit(GROUND_CODE_EXTERNAL);
    if (m->art_region[region] || (r->kind == REGION_FLASH && !m->axi))
        return bit(!m->ws       ? GROUND_CODE_FLASH
                   : line <= 8  ? GROUND_CODE_ART8
                   : line <= 16 ? GROUND_CODE_ART16
                                : GROUND_CODE_ART32);
    if (m->axi)
        return bit(m->icache.on ? GROUND_CODE_CACHE : GROUND_CODE_AXI);
    return bit(GROUND_CODE_SRAM);
}

static uint64_t data_ground(const struct memory *m, int part)
{
    if (part == PART_PERIPH)
        return bit(GROUND_PERIPHERALS);
    if (part >= MAX_PARTS)
        return 0;
    const struct memory_part *p = &m->part[part];
    const struct region *r = &m->board->region[p->region];
    if (r->kind == REGION_ITCM || r->kind == REGION_DTCM)
        return bit(GROUND_DATA_TCM);
    if (r->kind == REGION_EXTERNAL)
        return bit(GROUND_DATA_EXTERNAL);
    if (m->axi && !p->lines)
        return bit(GROUND_DATA_AXI);
    if (m->axi)
        return bit(r->kind == REGION_FLASH ? GROUND_DATA_CACHE_FLASH : GROUND_DATA_CACHE_SRAM);
    if (r->kind == REGION_FLASH)
        return bit(m->ws ? GROUND_DATA_ART : GROUND_DATA_FLASH);
    if (r->grant_load || r->grant_stores)
        return bit(GROUND_DATA_BANK);
    return bit(r->base < 0x20000000 ? GROUND_DATA_CCM : GROUND_DATA_SRAM);
}

/* Arithmetic only: moves and loads of FP registers occur in code that parks integers in them. */
static uint64_t fp_ground(const struct block *b)
{
    uint64_t g = 0;
    for (int i = 0; i < b->n; i++) {
        int c = b->run->insn[i].cls;
        if (c >= CLASS_fp_add && c <= CLASS_fp_select)
            g |= bit(GROUND_FP32);
        else if (c >= CLASS_fp64_add && c <= CLASS_fp64_select)
            g |= bit(GROUND_FP64);
    }
    return g;
}

static bool is_assembly(struct machine *m, uint32_t addr)
{
    struct ground_counts *g = m->ground;
    if (!g->lines) /* without memory, and without line tables, code is not known to be assembly */
        g->lines = lines_load(m->image->file.data, m->image->file.len, NULL);
    const struct source_line *l = lines_find(g->lines, addr);
    size_t n = l ? strlen(l->file) : 0;
    return n > 2 && l->file[n - 2] == '.' && (l->file[n - 1] == 's' || l->file[n - 1] == 'S');
}

/* ---- counting ---- */

static void add(struct ground_counts *g, uint64_t grounds, double cycles)
{
    int i = 0;
    while (i < g->n && g->use[i].grounds != grounds)
        i++;
    if (i == MAX_USES) /* the last one collects what finds no room, with the grounds of all of it */
        i = MAX_USES - 1;
    if (i == g->n)
        g->use[g->n++] = (struct use){.grounds = grounds};
    g->use[i].grounds |= grounds;
    g->use[i].cycles += cycles;
}

/* Of firmware that describes its layers only these are looked at: what it prints takes long and is
 * no part of an inference. */
static bool counts(const struct machine *m, const struct scope *s)
{
    return !m->image->note || (*s->op && strcmp(s->op, "function"));
}

void ground_count(struct machine *m, const struct path *n, uint64_t fresh)
{
    const struct block *b = n->block;
    if (m->opt.mode == MODE_STATIC || !(fresh || n->footprints) ||
        !counts(m, &m->scopes.list[n->scope]))
        return;
    if (!m->ground && !(m->ground = calloc(1, sizeof *m->ground))) {
        err_nomem(&m->err);
        return;
    }
    uint64_t every = code_ground(&m->memory, b->region) | fp_ground(b);
    if (is_assembly(m, n->addr))
        every |= bit(ASSEMBLY);
    for (int p = 0; p < PART_SLOTS; p++)
        if (n->reached >> p & 1)
            every |= data_ground(&m->memory, p);
    int64_t left = (int64_t)fresh;
    for (const struct footprint *v = n->footprints; v; v = v->next) {
        uint64_t grounds = every;
        for (int i = 0; i < b->ngroups && !v->crosses; i++)
            grounds |= data_ground(&m->memory, (int)(v->key[i >> 3] >> (i & 7) * 8) & 31);
        add(m->ground, grounds, (double)v->count * n->cost->cycles);
        left -= (int64_t)v->count;
    }
    if (left > 0)
        add(m->ground, every, (double)left * n->cost->cycles);
}

void ground_close(struct machine *m)
{
    if (m->ground)
        lines_free(m->ground->lines);
    free(m->ground);
}

/* ---- waits, which are known for the run as a whole ---- */

/* Blocks on one of these grounds wait, in proportion to their cycles. */
static void spread(struct ground_counts *g, uint64_t on, uint64_t fallback, double waits)
{
    double all = 0;
    for (int i = 0; i < g->n; i++)
        all += g->use[i].grounds & on ? g->use[i].cycles : 0;
    if (all <= 0) {
        if (waits > 0)
            add(g, fallback, waits);
        return;
    }
    for (int i = 0; i < g->n; i++)
        if (g->use[i].grounds & on)
            g->use[i].cycles += waits * g->use[i].cycles / all;
}

static void add_waits(const struct machine *m, struct ground_counts *g)
{
    double why[STALL_COUNT] = {0}, core = 0, counted = 0;
    for (size_t i = 0; i < m->scopes.n; i++)
        for (int k = 0; k < STALL_COUNT && counts(m, &m->scopes.list[i]); k++)
            why[k] += (double)m->scopes.list[i].stall[k];
    for (int k = 0; k < STALL_COUNT; k++)
        if (k != STALL_FETCH && k != STALL_DATA && k != STALL_EXC && k != STALL_SLEEP &&
            k != STALL_FOLD && k != STALL_DUAL)
            core += why[k];
    for (int i = 0; i < g->n; i++)
        counted += g->use[i].cycles;
    /* Instructions that their IT condition skips were counted in full, divisions at their least. */
    for (int i = 0; i < g->n && counted > 0; i++)
        g->use[i].cycles *= core / counted;
    if (m->memory.axi) {
        spread(g, bit(GROUND_CODE_ART32) | bit(GROUND_CODE_AXI) | bit(GROUND_CODE_EXTERNAL),
               bit(GROUND_CODE_FILL), m->memory.icache.on ? 0 : why[STALL_FETCH]);
        if (m->memory.icache.on)
            add(g, bit(GROUND_CODE_FILL), why[STALL_FETCH]);
        add(g, bit(GROUND_DATA_FILL), m->memory.dcache.on ? why[STALL_DATA] : 0);
        spread(g, bit(GROUND_DATA_AXI) | bit(GROUND_DATA_EXTERNAL), bit(GROUND_DATA_AXI),
               m->memory.dcache.on ? 0 : why[STALL_DATA]);
    } else {
        spread(g,
               bit(GROUND_CODE_ART8) | bit(GROUND_CODE_ART16) | bit(GROUND_CODE_ART32) |
                   bit(GROUND_CODE_EXTERNAL),
               bit(GROUND_CODE_EXTERNAL), why[STALL_FETCH]);
        spread(g,
               bit(GROUND_DATA_BANK) | bit(GROUND_DATA_FLASH) | bit(GROUND_DATA_ART) |
                   bit(GROUND_DATA_EXTERNAL),
               bit(GROUND_DATA_SRAM), why[STALL_DATA]);
    }
    add(g, bit(GROUND_EXCEPTIONS), why[STALL_EXC]);
}

/* ---- what measured figures say of it ---- */

struct evidence { /* of one core */
    struct bound {
        uint64_t rows;
        double percent;           /* rows is 0: none */
    } bound[2][GROUND_COUNT + 1]; /* C, assembly */
};

static const char *const codes[] = {"C", "assembly", NULL};

static bool evidence_load(const char *core, struct evidence *out, struct err *e)
{
    char path[4096];
    if (!data_need(path, sizeof path, "sim/exec/evidence.yaml", e))
        return false;
    struct desc *d = desc_load(path, e);
    const struct desc_node *list = d ? desc_map_need(desc_root(d), "bounds", e) : NULL;
    bool ok = list && desc_map_done(desc_root(d), e);
    for (size_t i = 0; ok && i < desc_list_len(list); i++) {
        const struct desc_node *row = desc_list_at(list, i);
        const char *of = "";
        int code = 0, ground = 0;
        struct bound b = {0};
        ok = desc_map_str(row, "core", &of, e) && desc_map_enum(row, "code", codes, &code, e) &&
             desc_map_enum(row, "ground", keys, &ground, e) &&
             desc_map_u64(row, "rows", 1, 1000000, &b.rows, e) &&
             desc_map_real(row, "error_percent", 0, 1000, &b.percent, e) && desc_map_done(row, e);
        if (ok && !strcmp(of, core))
            out->bound[code][ground] = b;
    }
    desc_free(d);
    return ok;
}

/* Of code of this kind; of the other kind where no figure of this one stands there. */
static const struct bound *bound_of(const struct evidence *v, int code, int ground)
{
    const struct bound *own = &v->bound[code][ground];
    return own->rows ? own : &v->bound[!code][ground];
}

/* Less than this share of the cycles does not decide what a run is, in percent. */
static const double SOME = 1;
/* Assembly in so much of it makes code assembly. */
static const double MOST = 90;
/* From this share of cycles without a measured figure on, no error is stated. */
static const double MUCH = 20;

static double share(const struct ground_counts *g, uint64_t of, double all)
{
    double n = 0;
    for (int i = 0; i < g->n; i++)
        n += g->use[i].grounds & of ? g->use[i].cycles : 0;
    return all > 0 ? 100 * n / all : 0;
}

/* The grounds without a figure that make up some of the cycles, the largest first, in words. */
static void list_unknown(const struct ground_counts *g, uint64_t unknown, double all, cJSON *o)
{
    struct buf b = {0};
    double last = INFINITY;
    for (;;) {
        double most = 0;
        for (int i = 0; i < GROUND_COUNT; i++) {
            double percent = unknown >> i & 1 ? share(g, bit(i), all) : 0;
            most = percent > most && percent < last ? percent : most;
        }
        if (most < SOME)
            break;
        for (int i = 0; i < GROUND_COUNT; i++)
            if (unknown >> i & 1 && share(g, bit(i), all) == most)
                buf_printf(&b, "%s%s %.0f %%", b.len ? "; " : "", texts[i], most);
        last = most;
    }
    if (b.len)
        json_text(o, "unvalidated", buf_text(&b));
    buf_free(&b);
}

static void describe(const struct ground_counts *g, const struct evidence *v, double all, cJSON *o)
{
    int code = share(g, bit(ASSEMBLY), all) >= MOST;
    uint64_t unknown = 0;
    const struct bound *worst = bound_of(v, code, GROUND_ANY);
    cJSON *list = json_array(o, "ground");
    for (int i = 0; i < GROUND_COUNT; i++) {
        double percent = share(g, bit(i), all);
        const struct bound *b = bound_of(v, code, i);
        unknown |= b->rows ? 0 : bit(i);
        if (percent < 0.05)
            continue;
        cJSON *row = json_object(list, NULL);
        json_text(row, "name", keys[i]);
        json_number(row, "percent", "%.1f", percent);
        json_uint(row, "rows", b->rows);
        if (percent >= SOME && b->rows && b->percent > worst->percent)
            worst = b;
    }
    double unvalidated = share(g, unknown, all);
    json_text(o, "code", codes[code]);
    if (worst->rows && unvalidated < MUCH) {
        bool own = worst >= v->bound[code] && worst <= &v->bound[code][GROUND_ANY];
        json_number(o, "cycles_error_percent", "%.1f", worst->percent);
        json_uint(o, "cycles_error_rows", worst->rows);
        json_text(o, "cycles_error_code", codes[own ? code : !code]);
    }
    json_number(o, "unvalidated_percent", "%.1f", unvalidated);
    list_unknown(g, unknown, all, o);
}

bool ground_config(struct machine *m, cJSON *o, struct err *e)
{
    struct evidence v = {0};
    if (!m->ground)
        return true;
    if (!evidence_load(m->board->core, &v, e))
        return false;
    struct ground_counts g = *m->ground;
    double all = 0;
    add_waits(m, &g);
    for (int i = 0; i < g.n; i++)
        all += g.use[i].cycles;
    if (all > 0)
        describe(&g, &v, all, o);
    return true;
}
