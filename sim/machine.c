#include "sim/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/exec/access.h"
#include "sim/exec/block.h"
#include "sim/exec/engine.h"
#include "sim/exec/ground.h"
#include "sim/exec/mode.h"
#include "sim/exec/run.h"
#include "sim/exec/scopes.h"
#include "sim/guest.h"
#include "sim/host/host.h"
#include "sim/image/hex.h"
#include "sim/loop.h"
#include "sim/periph.h"
#include "sim/attached/attached.h"
#include "sim/soc_port.h"

/* ---- life ---- */

static bool load_segments(struct machine *m, struct err *e)
{
    const struct image *im = m->image;
    for (size_t i = 0; i < im->nsegments; i++) {
        const struct segment *s = &im->segment[i];
        uint8_t *to = engine_host(m, s->paddr, s->filesz ? s->filesz : 1);
        bool peripheral =
            s->vaddr >= 0x40000000 &&
            s->vaddr < 0x60000000; /* backup SRAM lies there; start-up code fills it */
        if ((s->filesz && !to) || (!peripheral && board_region(m->board, s->vaddr, s->memsz) < 0)) {
            bool load = s->filesz && !to;
            int r = board_region(m->board, load ? s->paddr : s->vaddr, 1);
            return err_at(e, m->opt.elf_path, 0, "0x%x bytes at 0x%08x do not fit %s%s%s of %s",
                          load ? s->filesz : s->memsz, load ? s->paddr : s->vaddr,
                          r >= 0 ? "the region '" : "any memory",
                          r >= 0 ? m->board->region[r].name : "", r >= 0 ? "'" : "",
                          m->board->name);
        }
        if (s->filesz)
            memcpy(to, s->bytes, s->filesz);
        if (s->filesz && m->board->region[board_region(m->board, s->paddr, 1)].kind == REGION_FLASH)
            m->result.flash_bytes += s->filesz;
    }
    return true;
}

static bool find_start(struct machine *m, struct err *e)
{
    uint32_t table = UINT32_MAX;
    for (size_t i = 0; i < m->image->nsegments; i++) {
        const struct segment *s = &m->image->segment[i];
        int r = board_region(m->board, s->paddr, 1);
        if (s->filesz >= 8 && r >= 0 && m->board->region[r].kind == REGION_FLASH &&
            s->paddr < table)
            table = s->paddr;
    }
    for (size_t i = 0; table == UINT32_MAX && i < m->image->nsegments; i++)
        if (m->image->segment[i].filesz >= 8)
            table = m->image->segment[i].paddr; /* an image that a debugger loads into SRAM */
    if (table == UINT32_MAX)
        return err_at(e, m->opt.elf_path, 0,
                      "no vector table: nothing of 8 bytes or more is loaded");
    uint32_t sp = engine_word(m, table) & ~3u, pc = engine_word(m, table + 4);
    int rs = board_region(m->board, sp - 4, 4), rp = board_region(m->board, pc & ~1u, 2);
    if (rs < 0 || m->board->region[rs].kind == REGION_FLASH)
        return err_at(
            e, m->opt.elf_path, 0,
            "vector table at 0x%08x: the initial stack pointer 0x%08x is not in the SRAM of %s",
            table, engine_word(m, table), m->board->name);
    if (!(pc & 1) || rp < 0 || !m->board->region[rp].exec)
        return err_at(e, m->opt.elf_path, 0,
                      "vector table at 0x%08x: the reset vector 0x%08x is no Thumb code of %s",
                      table, pc, m->board->name);
    m->stack.top = m->stack.low = sp;
    m->stop.resume = pc & ~1u;
    m->vectors = table;
    return true;
}

/* Host memory of each region: zero, taken from the host only when touched, and adjacent where the
 * regions are, so that an object may lie across their border. */
static bool allocate(struct machine *m, struct err *e)
{
    const struct board *b = m->board;
    for (int i = 0; i < b->nregions; i++) {
        size_t size = b->region[i].size;
        if (m->mem[i] || b->region[i].alias_of >= 0)
            continue;
        for (int k = 0; k < b->nregions; k++)
            if (board_adjacent(b, k) == i)
                size = 0; /* not the first of its run */
        for (int k = i; size && (k = board_adjacent(b, k)) >= 0;)
            size += b->region[k].size;
        if (!size)
            continue;
        uint8_t *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return err_nomem(e);
        for (int k = i; k >= 0; k = board_adjacent(b, k)) {
            m->mem[k] = p;
            p += b->region[k].size;
        }
    }
    for (int i = 0; i < b->nregions; i++)
        if (b->region[i].alias_of >= 0)
            m->mem[i] = m->mem[b->region[i].alias_of];
    return true;
}

/* Unicorn's models of M-profile cores, by the name in the core's file. */
static const struct {
    const char *name;
    int model;
} models[] = {
#define MODEL(name)                     \
    {                                   \
#name, UC_CPU_ARM_CORTEX_##name \
    }
    MODEL(M0), MODEL(M3), MODEL(M4), MODEL(M7), MODEL(M33),
#undef MODEL
};

static bool find_model(const struct cpu *c, int *model, struct err *e)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (!strcmp(models[i].name, c->emulator)) {
            *model = models[i].model;
            return true;
        }
    return err_set(e, ERR_INPUT, "core %s: the emulator has no model '%s'", c->name, c->emulator);
}

/* Unicorn ends the process when it cannot get its buffer of translated code, 1 GiB, or a little
 * more for tables of its own. So the room is asked for, and given back, before. */
static bool room_for_emulator(struct err *e)
{
    const size_t room = ((size_t)1 << 30) + ((size_t)64 << 20);
    void *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED)
        return err_set(e, ERR_ENV, "out of memory: the emulator needs %zu MiB of address space",
                       room >> 20);
    munmap(p, room);
    return true;
}

static bool open_engine(struct machine *m, struct err *e)
{
    int model;
    if (!find_model(isa_cpu(m->isa), &model, e) || !room_for_emulator(e) || !allocate(m, e))
        return false;
    /* With UC_MODE_MCLASS, Unicorn 2.0.1 is a Cortex-M33 whatever model is set. */
    uc_err err = uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &m->uc);
    if (err == UC_ERR_OK)
        err = uc_ctl_set_cpu_model(m->uc, model);
    for (int i = 0; err == UC_ERR_OK && i < m->board->nregions; i++) {
        const struct region *r = &m->board->region[i];
        uint32_t perms = UC_PROT_READ | (r->kind == REGION_FLASH ? 0 : UC_PROT_WRITE) |
                         (r->exec ? UC_PROT_EXEC : 0);
        err = uc_mem_map_ptr(m->uc, r->base, r->size, perms, m->mem[i]);
    }
    if (err != UC_ERR_OK)
        return err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
    return mode_open(m, e);
}

static bool open_core(struct machine *m, struct err *e)
{
    const struct board *b = m->board;
    if (!(m->isa = isa_open(b->core, e)) || !isa_take_fpu(m->isa, b->fpu, e))
        return false;
    char what[80];
    if (!attributes_fit(&m->image->attributes, isa_cpu(m->isa), what, sizeof what))
        return err_at(e, m->opt.elf_path, 0, "made for %s, which the %s of %s does not have", what,
                      b->core, b->name);
    bool caches = b->cache.line_bytes != 0, axi = isa_cpu(m->isa)->axi;
    return caches == axi ||
           err_at(e, b->path, 0,
                  axi ? "'cache' is missing: %s comes with caches here" : "cache: %s has none",
                  b->core);
}

static bool set_up(struct machine *m, struct err *e)
{
    static const struct pipe_cost nothing;
    m->time.until = UINT64_MAX;
    m->cursor.path = &m->cursor.idle;
    m->cursor.idle.cost = &nothing;
    m->cursor.idle.addr = UINT32_MAX;
    for (int i = 0; i < 16; i++)
        m->cursor.value_at[i] = &m->cursor.values[i];
    const struct machine_options *o = &m->opt;
    m->board = o->board_text ? board_parse(o->board, o->board_text, strlen(o->board_text), e)
                             : board_load(o->board, e);
    if (!m->board)
        return false;
    if (!board_supply(m->board, o->supply)) {
        struct buf known = {0};
        for (int i = 0; i < m->board->nsupplies; i++)
            buf_printf(&known, "%s%s", i ? ", " : "", m->board->energy[i].name);
        err_set(e, ERR_INPUT, "%s: unknown supply '%.40s', known: %s", m->board->name, o->supply,
                known.len ? buf_text(&known) : "none");
        buf_free(&known);
        return false;
    }
    if (o->clock_hz > m->board->max_hz)
        return err_set(e, ERR_INPUT, "a clock of %llu Hz is beyond the %llu Hz of %s",
                       (unsigned long long)o->clock_hz, (unsigned long long)m->board->max_hz,
                       m->board->name);
    m->image = o->image ? image_parse(o->elf_path, o->image, o->image_bytes, o->base, e)
                        : image_open(o->elf_path, o->base, e);
    if (!m->image || !open_core(m, e) || !open_engine(m, e) || !load_segments(m, e) ||
        !find_start(m, e) || !scopes_init(m, e))
        return false;
    m->code.predicts = isa_predicts(m->isa);
    const struct symbol *hb = image_elf_symbol(m->image, "_sheap"),
                        *he = image_elf_symbol(m->image, "_eheap");
    if (hb && he) {
        m->layout.heap_base = hb->addr;
        m->layout.heap_end = he->addr;
    }
    const struct memory_core core = {.axi = isa_cpu(m->isa)->axi,
                                     .unaligned_load = isa_rule(m->isa, "unaligned_load"),
                                     .unaligned_store = isa_rule(m->isa, "store_unaligned"),
                                     .store_buffer = isa_rule(m->isa, "store_buffer"),
                                     .store_odd = isa_rule(m->isa, "store_odd")};
    return access_parts(m, e) &&
           memory_open(&m->memory, m->board, &core, m->opt.mode != MODE_STATIC, e) &&
           host_open(m, e) && guest_open(m, e) && soc_port_open(m, e) && periph_init(m, e) &&
           run_hooks(m, e) && observe_open(m, e);
}

struct machine *machine_open(const struct machine_options *o, struct err *e)
{
    struct machine *m = calloc(1, sizeof *m);
    if (!m) {
        err_nomem(e);
        return NULL;
    }
    static const struct exec_port port = {.at_boundary = loop_at_boundary, .waits = guest_waits};
    m->opt = *o;
    m->port = &port;
    if (!set_up(m, e)) {
        machine_close(m);
        return NULL;
    }
    return m;
}

struct isa *machine_isa(struct machine *m)
{
    return m->isa;
}

const struct attached *machine_attached(const struct machine *m)
{
    return m->attached;
}

const struct board_energy *machine_energy(const struct machine *m)
{
    return board_supply(m->board, m->opt.supply);
}

bool machine_layers(const struct machine *m)
{
    return m->image->note != NULL;
}

const char *machine_uart(const struct machine *m)
{
    return buf_text(&m->host->console);
}

const char *machine_fault_text(const struct machine *m)
{
    return buf_text(&m->result.fault);
}

bool machine_symbol(const struct machine *m, const char *name, uint32_t *addr, uint32_t *size)
{
    const struct symbol *s = image_elf_symbol(m->image, name);
    if (s) {
        *addr = s->addr;
        *size = s->size;
    }
    return s != NULL;
}

void machine_close(struct machine *m)
{
    if (!m)
        return;
    guest_close(m);
    attached_close(m->attached);
    soc_close(m->soc);
    host_close(m);
    if (m->uc)
        uc_close(m->uc);
    for (struct path *n = m->code.all, *next; n; n = next) {
        next = n->all;
        access_flush(m, n);
        for (struct outcome *o = n->outcomes, *on; o; o = on) {
            on = o->next;
            free(o);
        }
        free(n);
    }
    for (int i = 0; i < BRANCH_LISTS; i++)
        for (struct branch *b = m->code.branch[i], *next; b; b = next) {
            next = b->next;
            free(b);
        }
    for (size_t i = 0; i < m->code.cap_blocks; i++)
        for (struct block *b = m->code.block[i], *next; b; b = next) {
            next = b->next;
            block_free(b);
        }
    if (m->board) {
        memory_close(&m->memory);
        for (int i = 0; i < m->board->nregions; i++)
            if (m->board->region[i].alias_of < 0 && m->mem[i])
                munmap(m->mem[i], m->board->region[i].size);
    }
    ground_close(m);
    free(m->code.block);
    free(m->code.path);
    free(m->scopes.list);
    free(m->code.hook);
    free(m->code.asked);
    buf_free(&m->result.fault);
    buf_free(&m->result.warnings);
    cJSON_Delete(m->firmware.config);
    isa_close(m->isa);
    image_elf_free(m->image);
    free(m->board);
    free(m);
}

bool machine_run(struct machine *m, struct err *e)
{
    return loop_run(m, e);
}

bool machine_go(struct machine *m, const struct machine_until *until, enum machine_why *why,
                struct err *e)
{
    return loop_go(m, until, why, e);
}

bool machine_debug(struct machine *m, const char *where, int *port, struct err *e)
{
    return debug_open(m, where, port, e);
}

bool machine_profile(struct machine *m, int kind, struct buf *out, struct err *e)
{
    return observe_profile(m, kind, out, e);
}

bool machine_hot(struct machine *m, int n, struct buf *out, struct err *e)
{
    return observe_hot(m, n, out, e);
}

void machine_flush(struct machine *m)
{
    access_count(m);
}

bool machine_scope(const struct machine *m, size_t i, struct machine_scope *out)
{
    if (i >= m->scopes.n)
        return false;
    const struct scope *s = &m->scopes.list[i];
    *out = (struct machine_scope){.name = s->name,
                                  .entered = (s->entered + s->strips - 1) / s->strips,
                                  .cycles = s->cycles,
                                  .instructions = s->instructions};
    memcpy(out->stall, s->stall, sizeof s->stall);
    return true;
}

bool machine_write(struct machine *m, uint32_t addr, const void *bytes, uint32_t n, struct err *e)
{
    return engine_write(m, addr, bytes, n, e);
}

uint32_t machine_register(const struct machine *m, unsigned n)
{
    uint32_t v = 0;
    if (n == 15)
        return m->stop.resume & ~1u;
    uc_reg_read(m->uc, n < 15 ? engine_register((int)n) : UC_ARM_REG_XPSR, &v);
    return v;
}

bool machine_read(struct machine *m, uint32_t addr, void *out, uint32_t n, struct err *e)
{
    return engine_read(m, addr, out, n, e);
}
