#include "sim/machine.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "sim/core.h"
#include "sim/guest.h"
#include "sim/hex.h"

/* Unicorn takes callbacks as void *, which POSIX allows and ISO C does not. */
#define CALLBACK(f) (__extension__(void *)(f))

enum { TICK = 4000000 }; /* cycles between looks at the host's clock */
enum { MAX_NODES = 1 << 20 };

static void finish(struct machine *m);

static uint64_t host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void machine_warn(struct machine *m, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (m->warnings.len < 8192)
        buf_printf(&m->warnings, "%s\n", text);
}

void machine_stop(struct machine *m, enum stop_why why, uint32_t resume)
{
    if (m->why != STOP_NONE)
        return;
    m->why = why;
    m->resume = resume;
    uc_emu_stop(m->uc);
}

uint8_t *machine_host(const struct machine *m, uint32_t addr, uint32_t n)
{
    int r = board_region(m->board, addr, n);
    return r < 0 ? NULL : m->mem[r] + (addr - m->board->region[r].base);
}

void machine_trap(struct machine *m, int trap, uint32_t pc)
{
    m->trap = trap;
    m->trap_pc = pc;
    machine_stop(m, STOP_FAULT, m->cur->addr);
}

void machine_redirect(struct machine *m)
{
    if (m->open)
        finish(m);
    m->again = false;
    m->cur = &m->idle;
    m->fault_type = 0;
    uc_reg_read(m->uc, UC_ARM_REG_PC, &m->resume);
}

uint64_t machine_now(const struct machine *m)
{
    const struct node *n = m->cur;
    int64_t at = n->block && m->insn_now < n->block->n ? n->cost->at[m->insn_now] : 0;
    return (uint64_t)((int64_t)m->block_start + m->block_stall + at);
}

/* ---- nodes ------------------------------------------------------------------------------------------------- */

static size_t place(const struct machine *m, uint32_t addr, uint32_t size, int scope, pipe_state in)
{
    uint32_t h = (addr >> 1) * 2654435761u ^ size * 97u ^ (uint32_t)scope * 40503u ^ in * 2246822519u;
    return (h ^ h >> 15) & (m->nodes_cap - 1);
}

static bool grow_nodes(struct machine *m, struct err *e)
{
    size_t cap = m->nodes_cap ? m->nodes_cap * 4 : 4096;
    struct node **t = calloc(cap, sizeof *t);
    if (!t)
        return err_nomem(e);
    free(m->nodes);
    m->nodes = t;
    m->nodes_cap = cap;
    for (struct node *n = m->all; n; n = n->all) {
        size_t h = place(m, n->addr, n->size, n->scope, n->in);
        n->bucket = t[h];
        t[h] = n;
    }
    return true;
}

/* Its first instruction with FP registers, 0 = none. */
static uint32_t block_fpu(const struct block *b)
{
    for (int i = 0; i < b->n; i++)
        if (b->run->insn[i].freads | b->run->insn[i].fwrites)
            return b->run->insn[i].addr;
    return 0;
}

static uint32_t work_of(const struct machine *m, const struct block *b)
{
    uint32_t w = 0;
    const struct insn *last = b->n ? &b->run->insn[b->n - 1] : NULL;
    if (b->call || b->indirect)
        w |= WORK_FLOW;
    if (last && m->predicts && (last->flags & INSN_BRANCH) && (last->flags & (INSN_COND | INSN_INDIRECT)))
        w |= WORK_PREDICT;
    if (b->run->watched)
        w |= WORK_LATE;
    if (m->opt.mode != MODE_STATIC) {
        w |= WORK_FETCH;
        if (b->naccess || b->sp_value >= 0)
            w |= WORK_DATA;
    }
    if (b->hooked || m->opt.mode == MODE_HOOKS)
        w |= WORK_HOOKED;
    if (b->copy)
        w |= WORK_COPY;
    if (b->halts)
        w |= WORK_HALT;
    if (block_fpu(b))
        w |= WORK_FPU;
    if (b->undefined)
        w |= WORK_UNDEF; /* Unicorn executes some encodings that the architecture leaves undefined or unpredictable */
    return w;
}

static bool machine_hook(struct machine *m, uint32_t addr, bool *fresh)
{
    size_t lo = 0, hi = m->nhooks;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (m->hook[mid] < addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < m->nhooks && m->hook[lo] == addr)
        return true;
    uint32_t *t = grow(m->hook, m->nhooks, &m->hooks_cap, sizeof *t);
    if (!t)
        return false;
    m->hook = t;
    memmove(t + lo + 1, t + lo, (m->nhooks - lo) * sizeof *t);
    t[lo] = addr;
    m->nhooks++;
    *fresh = true;
    return true;
}

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *user);

static bool ask_hook(struct machine *m, uint32_t addr)
{
    uint32_t *t = grow(m->asked, m->nasked, &m->asked_cap, sizeof *t);
    if (!t)
        return false;
    m->asked = t;
    t[m->nasked++] = addr;
    return true;
}

/* Adds the hooks asked for since the last time; only between two runs of the emulator. Unicorn walks all hooks at
 * each call: beyond a few single addresses the rest share one hook over their whole range. */
static bool add_code_hooks(struct machine *m, struct err *e)
{
    enum { FEW = 64 };
    uc_hook h;
    for (; m->nasked; m->nasked--) {
        uint32_t addr = m->asked[m->nasked - 1];
        if (m->code_hooks < FEW) {
            m->code_hooks++;
            if (uc_hook_add(m->uc, &h, UC_HOOK_CODE, CALLBACK(on_code), m, addr, addr) != UC_ERR_OK)
                return err_set(e, ERR_ENV, "Unicorn refuses a hook");
            uc_ctl_remove_cache(m->uc, (uint64_t)addr, (uint64_t)addr + 4);
            continue;
        }
        if (addr >= m->hook_lo && addr < m->hook_hi)
            continue;
        if (m->hook_hi)
            uc_hook_del(m->uc, m->range_hook);
        uint32_t old_lo = m->hook_lo, old_hi = m->hook_hi;
        m->hook_lo = m->hook_hi && m->hook_lo < addr ? m->hook_lo : addr & ~0x3ffu;
        m->hook_hi = m->hook_hi > addr ? m->hook_hi : (addr & ~0x3ffu) + 0x400;
        if (uc_hook_add(m->uc, &m->range_hook, UC_HOOK_CODE, CALLBACK(on_code), m, m->hook_lo, m->hook_hi - 1) != UC_ERR_OK)
            return err_set(e, ERR_ENV, "Unicorn refuses a hook");
        /* Not a flush of everything: Unicorn then clears its whole code buffer of a gigabyte. */
        if (!old_hi || m->hook_lo < old_lo)
            uc_ctl_remove_cache(m->uc, (uint64_t)m->hook_lo, (uint64_t)(old_hi ? old_lo : m->hook_hi));
        if (old_hi && m->hook_hi > old_hi)
            uc_ctl_remove_cache(m->uc, (uint64_t)old_hi, (uint64_t)m->hook_hi);
    }
    uc_ctl_remove_cache(m->uc, (uint64_t)m->resume, (uint64_t)m->resume + m->retry_size);
    return true;
}

/* Sees to it that the instructions of the block that must be watched are. False: they were not, and the block must
 * begin anew (or an error). */
static bool watched(struct machine *m, struct block *b)
{
    bool fresh = false, again = false, ok = true;
    if (!b->hooked || m->opt.mode != MODE_EXACT) {
        if (m->opt.mode != MODE_STATIC || !b->hooked)
            return true;
    }
    for (int i = 0, a = 0; ok && i < b->n; i++) {
        const struct insn *in = &b->run->insn[i];
        bool need = (in->flags & (INSN_WATCH | INSN_DYNAMIC)) != 0;
        for (; a < b->naccess && b->access[a].insn <= i; a++)
            need |= b->access[a].insn == i && b->access[a].group < 0 && m->opt.mode == MODE_EXACT;
        if (!need)
            continue;
        fresh = false;
        ok = machine_hook(m, in->addr, &fresh) && (!fresh || ask_hook(m, in->addr));
        again |= fresh;
    }
    if (!ok) {
        err_nomem(&m->err);
        machine_stop(m, STOP_ERROR, b->addr);
        return false;
    }
    if (again) {
        m->retry_size = b->size;
        machine_stop(m, STOP_RETRY, b->addr);
    }
    return !again;
}

static struct node *node_get(struct machine *m, uint32_t addr, uint32_t size, pipe_state in)
{
    struct block *b = block_get(m, addr, size, &m->err);
    if (!b) {
        machine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    if (!watched(m, b))
        return NULL;
    int scope = b->scope >= 0 ? b->scope : m->scope;
    size_t h = m->nodes_cap ? place(m, addr, size, scope, in) : 0;
    for (struct node *n = m->nodes_cap ? m->nodes[h] : NULL; n; n = n->bucket)
        if (n->addr == addr && n->size == size && n->scope == scope && n->in == in && n->block == b)
            return n;
    if (m->nnodes >= m->nodes_cap && !grow_nodes(m, &m->err)) {
        machine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    if (m->nnodes == MAX_NODES) {
        err_set(&m->err, ERR_LIMIT, "the program takes more than %d paths through its code", MAX_NODES);
        machine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    struct node *n = calloc(1, sizeof *n);
    const struct pipe_cost *c = isa_cost(b->run, in, ~UINT64_C(0), &m->err);
    if (!n || !c) {
        free(n);
        err_nomem(&m->err);
        machine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    n->addr = addr;
    n->size = size;
    n->scope = scope;
    n->in = in;
    n->block = b;
    n->cost = c;
    n->work = work_of(m, b);
    n->cycles = n->work & WORK_LATE ? 0 : c->cycles;
    h = place(m, addr, size, scope, in);
    n->bucket = m->nodes[h];
    m->nodes[h] = n;
    n->all = m->all;
    m->all = n;
    m->nnodes++;
    return n;
}

/* ---- while running ------------------------------------------------------------------------------------------ */

/* The block that ran is complete: what had to wait for the outcome of watched instructions. */
static void finish(struct machine *m)
{
    struct node *n = m->cur;
    data_finish(m);
    if (!(n->work & WORK_LATE))
        return;
    const struct pipe_cost *c = isa_cost(n->block->run, n->in, m->executed, &m->err);
    struct outcome *o = n->outcomes;
    while (o && o->cost != c)
        o = o->next;
    if (!o && c) {
        o = calloc(1, sizeof *o);
        if (o) {
            o->cost = c;
            o->next = n->outcomes;
            n->outcomes = o;
        }
    }
    if (!o) {
        err_nomem(&m->err);
        machine_stop(m, STOP_ERROR, n->addr);
        return;
    }
    o->count++;
    m->cycles += (uint64_t)(int64_t)c->cycles;
    memcpy(m->late_exit, c->exit, sizeof m->late_exit);
}

static void limit(struct machine *m, uint32_t addr)
{
    if (m->opt.max_cycles && m->cycles >= m->opt.max_cycles)
        machine_stop(m, STOP_CYCLES, addr);
    else if (m->opt.max_seconds && host_ns() - m->started_ns >= m->opt.max_seconds * 1000000000u)
        machine_stop(m, STOP_SECONDS, addr);
    m->limit_at = m->cycles + TICK;
    if (m->opt.max_cycles && m->limit_at > m->opt.max_cycles)
        m->limit_at = m->opt.max_cycles;
    if (m->check_at > m->limit_at)
        m->check_at = m->limit_at;
}

/* Plans a block again after it turned out to read memory that it writes. */
static void replan(struct machine *m, struct block *b)
{
    for (struct node *n = m->all; n; n = n->all)
        if (n->block == b)
            data_settle(m, n);
    if (!block_plan(m, b, &m->err)) {
        machine_stop(m, STOP_ERROR, b->addr);
        return;
    }
    for (struct node *n = m->all; n; n = n->all)
        if (n->block == b)
            n->work = work_of(m, b);
}

static void enter_scope(struct machine *m, const struct node *n, bool called)
{
    struct scope *s = &m->scopes[n->scope];
    if (s->order < 0) {
        s->order = m->order++;
        s->parent = m->scope;
    }
    if (called || m->scope != n->scope)
        s->entered++;
    m->scope = n->scope;
}

/* Where the fetch lines of a block are all in the instruction cache, nothing remains to be simulated. */
static void begin_fetch(struct machine *m, struct node *n)
{
    struct block *b = n->block;
    m->event_done = 0;
    m->line_done = 0;
    if (!(n->work & WORK_FETCH))
        return;
    if (b->config != m->config)
        block_lines(m, b);
    if (b->nlines == 0) {
        m->fetch_line = UINT32_MAX;
    } else if (m->icache.on && !m->art_region[b->region]) {
        if (n->fetch_epoch == m->icache.epoch) {
            m->line_done = b->nlines;
            m->fetch_line = b->line[b->nlines - 1];
        } else {
            n->fetch_epoch = memory_resident(m, b) ? m->icache.epoch : 0;
        }
    }
}

/* Time reached a limit or an event. True: stopped, this block does not run now. */
static bool attend(struct machine *m, uint32_t addr)
{
    bool take = guest_due(m);
    if (m->cycles >= m->limit_at) {
        m->check_at = UINT64_MAX;
        limit(m, addr);
        take |= guest_due(m);
    }
    if (take && m->why == STOP_NONE)
        machine_stop(m, STOP_TAKE, addr);
    if (m->guest->debug && m->why == STOP_NONE && debug_at_block(m, addr))
        machine_stop(m, STOP_DEBUG, addr);
    return m->why != STOP_NONE;
}

/* Code may write CPACR and use the FPU in one block, without a barrier between. */
static bool enables_fpu(struct machine *m, const struct block *b)
{
    uint32_t first = block_fpu(b);
    int i = data_insn_at(m, 0xe000ed88, false);
    if (i >= 0)
        return b->run->insn[i].addr < first;
    for (i = 0; m->opt.mode != MODE_EXACT && i < b->naccess; i++)
        if (b->access[i].store && b->run->insn[b->access[i].insn].addr < first)
            return true; /* addresses are not known here */
    return false;
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct machine *m = user;
    struct node *from = m->cur, *n;
    uint32_t addr = (uint32_t)address;
    (void)uc;
    if (m->why != STOP_NONE)
        return;
    unsigned left = m->left;
    if (!m->again) {
        if (m->open)
            finish(m);
        left = addr != from->addr + from->size;
        if (from->work & WORK_PREDICT &&
            isa_mispredicts(&from->block->history, &from->block->run->insn[from->block->n - 1], left, addr)) {
            left |= EXIT_MISPREDICTED;
        }
        if (from->work & WORK_FLOW)
            scopes_flow(m, from->block, addr);
    }
    m->again = false;
    if (m->cycles >= m->check_at && attend(m, addr)) {
        m->again = true;
        m->left = left;
        return;
    }
    n = from->succ[left];
    if (!n || n->addr != addr || n->size != size || n->scope != m->scope || (from->work & WORK_LATE) ||
        (n->work & WORK_COPY && memcmp(n->block->host, n->block->copy, size))) {
        const pipe_state *exit = from->work & WORK_LATE ? m->late_exit : from->cost->exit;
        n = node_get(m, addr, size, exit[left]);
        if (!n) {
            m->again = true; /* the same step once more, when the hooks are in place */
            m->left = left;
            return;
        }
        from->succ[left] = n;
        if (n->block->scope >= 0)
            enter_scope(m, n, from->work & WORK_FLOW);
    }
    uint64_t before = m->block_start;
    int32_t stalls = m->block_stall;
    m->cur = n;
    m->block_start = m->cycles;
    m->block_stall = 0;
    if (n->work & WORK_ANY) {
        m->executed = 0;
        m->mmio_next = 0;
        m->open = (n->work & (WORK_HOOKED | WORK_LATE)) != 0;
        if (n->work & WORK_UNDEF)
            machine_trap(m, FAULT_UNDEFINSTR, n->block->undefined);
        if (n->work & WORK_DATA && !data_begin(m, n)) {
            replan(m, n->block);
            m->cur = from;
            m->block_start = before;
            m->block_stall = stalls;
            m->again = true;
            m->open = false;
            m->left = left;
            if (m->why == STOP_NONE && watched(m, n->block)) {
                m->retry_size = size;
                machine_stop(m, STOP_RETRY, addr);
            }
            return;
        }
        if (n->work & WORK_FPU && guest_no_fpu(m) && !enables_fpu(m, n->block))
            machine_trap(m, FAULT_NOCP, block_fpu(n->block));
        begin_fetch(m, n);
        if (!m->open && (m->line_done < n->block->nlines || (n->variant && n->variant->nevents)))
            data_until(m, INT_MAX - 1);
        if (n->work & WORK_HALT && guest_idle(m))
            machine_stop(m, STOP_EXIT, addr);
    }
    m->ring[m->ring_at++ % RING] = n;
    n->count++;
    m->cycles += (uint64_t)(int64_t)n->cycles;
}

static int insn_at(const struct block *b, uint32_t addr)
{
    int lo = 0, hi = b ? b->n - 1 : -1;
    while (lo <= hi) {
        int mid = (lo + hi) / 2;
        if (b->run->insn[mid].addr == addr)
            return mid;
        if (b->run->insn[mid].addr < addr)
            lo = mid + 1;
        else
            hi = mid - 1;
    }
    return -1;
}

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct machine *m = user;
    (void)size;
    int i = insn_at(m->cur->block, (uint32_t)address);
    if (i < 0 || m->why != STOP_NONE)
        return;
    const struct insn *in = &m->cur->block->run->insn[i];
    m->insn_now = i;
    m->hook_calls = 0;
    data_until(m, i);
    if (in->flags & INSN_WATCH)
        m->executed |= UINT64_C(1) << in->watch;
    if (in->flags & INSN_DYNAMIC && in->base >= 0 && in->index >= 0) {
        uint32_t n = 0, d = 0;
        uc_reg_read(uc, in->base < 13 ? UC_ARM_REG_R0 + in->base : UC_ARM_REG_R14, &n);
        uc_reg_read(uc, in->index < 13 ? UC_ARM_REG_R0 + in->index : UC_ARM_REG_R14, &d);
        if (d == 0 && guest_traps_division(m))
            machine_trap(m, FAULT_DIVBYZERO, in->addr);
        uint32_t extra = isa_dynamic_extra(m->isa, in, n, d);
        m->scopes[m->scope].stall[STALL_CPI] += extra;
        m->cycles += extra;
        m->block_stall += (int32_t)extra;
    }
    if (in->mem != MEM_NONE && m->opt.mode == MODE_EXACT)
        data_hooked(m, i);
}

static void on_memory(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value, void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)value;
    const struct block *b = m->cur->block;
    /* Unicorn calls again for the halves of an unaligned access that straddles two of its 1 KiB pages. */
    if (b && m->insn_now < b->n && m->hook_calls++ >= b->run->insn[m->insn_now].count)
        return;
    if (m->why == STOP_NONE)
        data_access(m, m->insn_now, (uint32_t)address, (uint32_t)size, type == UC_MEM_WRITE);
}

static bool on_invalid(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value, void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)size;
    (void)value;
    m->fault_addr = (uint32_t)address;
    m->fault_type = type;
    return false;
}

static void on_interrupt(uc_engine *uc, uint32_t number, void *user)
{
    struct machine *m = user;
    (void)uc;
    m->interrupt = (int)number;
    machine_stop(m, STOP_EVENT, 0);
}

/* ---- faults ------------------------------------------------------------------------------------------------- */

static void where(const struct machine *m, uint32_t addr, char out[96])
{
    const struct symbol *s = elf_function(m->image, addr);
    if (s)
        snprintf(out, 96, "%.64s+0x%x", s->name, addr - s->addr);
    else
        snprintf(out, 96, "?");
}

static uint32_t fault_pc(struct machine *m)
{
    uint32_t pc = 0;
    uc_reg_read(m->uc, UC_ARM_REG_PC, &pc);
    const struct block *b = m->cur->block;
    if (!b || m->opt.mode == MODE_STATIC)
        return pc;
    if (m->fault_type) { /* Unicorn knows the block only; the plan knows which of its accesses went there */
        int i = data_insn_at(m, m->fault_addr, false);
        if (i >= 0)
            return b->run->insn[i].addr;
    }
    return pc;
}

static const char *error_kind(const struct machine *m, uc_err err)
{
    switch (err) {
    case UC_ERR_READ_UNMAPPED:
        return "read outside memory";
    case UC_ERR_WRITE_UNMAPPED:
        return "write outside memory";
    case UC_ERR_FETCH_UNMAPPED:
        return "execution outside memory";
    case UC_ERR_WRITE_PROT:
        return "write to read-only memory";
    case UC_ERR_READ_PROT:
        return "read of protected memory";
    case UC_ERR_FETCH_PROT:
        return "execution of memory that holds no code";
    case UC_ERR_INSN_INVALID:
        return "undefined instruction";
    case UC_ERR_READ_UNALIGNED:
    case UC_ERR_WRITE_UNALIGNED:
        return "unaligned access";
    default:
        (void)m;
        return uc_strerror(err);
    }
}

static void hot_spot(const struct machine *m, char *out, size_t size)
{
    const struct node *top = NULL;
    for (const struct node *n = m->all; n; n = n->all)
        if (!top || n->count * (uint64_t)(n->cost->cycles + 1) > top->count * (uint64_t)(top->cost->cycles + 1))
            top = n;
    char at[96] = "?";
    if (top)
        where(m, top->addr, at);
    snprintf(out, size, "most cycles at 0x%08x %s", top ? top->addr : 0, at);
}

/* ---- life --------------------------------------------------------------------------------------------------- */

static bool load_segments(struct machine *m, struct err *e)
{
    const struct image *im = m->image;
    for (size_t i = 0; i < im->nsegments; i++) {
        const struct segment *s = &im->segment[i];
        uint8_t *to = machine_host(m, s->paddr, s->filesz ? s->filesz : 1);
        if ((s->filesz && !to) || board_region(m->board, s->vaddr, s->memsz) < 0) {
            bool load = s->filesz && !to;
            int r = board_region(m->board, load ? s->paddr : s->vaddr, 1);
            return err_at(e, m->opt.elf_path, 0, "0x%x bytes at 0x%08x do not fit %s%s%s of %s", load ? s->filesz : s->memsz,
                          load ? s->paddr : s->vaddr, r >= 0 ? "the region '" : "any memory", r >= 0 ? m->board->region[r].name : "",
                          r >= 0 ? "'" : "", m->board->name);
        }
        if (s->filesz)
            memcpy(to, s->bytes, s->filesz);
        if (s->filesz && m->board->region[board_region(m->board, s->paddr, 1)].kind == REGION_FLASH)
            m->flash_bytes += s->filesz;
    }
    return true;
}

static uint32_t word_at(const struct machine *m, uint32_t a)
{
    const uint8_t *p = machine_host(m, a, 4);
    return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

static bool find_start(struct machine *m, struct err *e)
{
    uint32_t table = UINT32_MAX;
    for (size_t i = 0; i < m->image->nsegments; i++) {
        const struct segment *s = &m->image->segment[i];
        int r = board_region(m->board, s->paddr, 1);
        if (s->filesz >= 8 && r >= 0 && m->board->region[r].kind == REGION_FLASH && s->paddr < table)
            table = s->paddr;
    }
    for (size_t i = 0; table == UINT32_MAX && i < m->image->nsegments; i++)
        if (m->image->segment[i].filesz >= 8)
            table = m->image->segment[i].paddr; /* an image that a debugger loads into SRAM */
    if (table == UINT32_MAX)
        return err_at(e, m->opt.elf_path, 0, "no vector table: nothing of 8 bytes or more is loaded");
    uint32_t sp = word_at(m, table), pc = word_at(m, table + 4);
    int rs = board_region(m->board, sp - 4, 4), rp = board_region(m->board, pc & ~1u, 2);
    if (rs < 0 || m->board->region[rs].kind == REGION_FLASH || sp % 4)
        return err_at(e, m->opt.elf_path, 0, "vector table at 0x%08x: the initial stack pointer 0x%08x is not in the SRAM of %s",
                      table, sp, m->board->name);
    if (!(pc & 1) || rp < 0 || !m->board->region[rp].exec)
        return err_at(e, m->opt.elf_path, 0, "vector table at 0x%08x: the reset vector 0x%08x is no Thumb code of %s", table, pc,
                      m->board->name);
    m->sp_top = m->sp_low = sp;
    m->resume = pc & ~1u;
    m->vectors = table;
    return true;
}

/* Host memory of each region: zero, taken from the host only when touched, and adjacent where the regions are, so that
 * an object may lie across their border. */
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

static bool open_engine(struct machine *m, struct err *e)
{
    if (!allocate(m, e))
        return false;
    uc_err err = uc_open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &m->uc);
    if (err == UC_ERR_OK)
        err = uc_ctl_set_cpu_model(m->uc, !strcmp(m->board->core, "cortex-m7") ? UC_CPU_ARM_CORTEX_M7 : UC_CPU_ARM_CORTEX_M4);
    for (int i = 0; err == UC_ERR_OK && i < m->board->nregions; i++) {
        const struct region *r = &m->board->region[i];
        uint32_t perms = UC_PROT_READ | (r->kind == REGION_FLASH ? 0 : UC_PROT_WRITE) | (r->exec ? UC_PROT_EXEC : 0);
        err = uc_mem_map_ptr(m->uc, r->base, r->size, perms, m->mem[i]);
    }
    if (err != UC_ERR_OK)
        return err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
    return true;
}

static bool add_hooks(struct machine *m, struct err *e)
{
    uc_hook h;
    uc_err err = UC_ERR_OK;
    if (m->opt.mode != MODE_BARE)
        err = uc_hook_add(m->uc, &h, UC_HOOK_BLOCK, CALLBACK(on_block), m, 1, 0);
    if (err == UC_ERR_OK)
        err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_INVALID, CALLBACK(on_invalid), m, 1, 0);
    if (err == UC_ERR_OK)
        err = uc_hook_add(m->uc, &h, UC_HOOK_INTR, CALLBACK(on_interrupt), m, 1, 0);
    if (err == UC_ERR_OK && m->opt.mode == MODE_HOOKS) {
        err = uc_hook_add(m->uc, &h, UC_HOOK_CODE, CALLBACK(on_code), m, 1, 0);
        if (err == UC_ERR_OK)
            err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, CALLBACK(on_memory), m, 1, 0);
    }
    return err == UC_ERR_OK || err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
}

static bool set_up(struct machine *m, struct err *e)
{
    static const struct pipe_cost nothing;
    m->cur = &m->idle;
    m->idle.cost = &nothing;
    m->idle.addr = UINT32_MAX;
    for (int i = 0; i < 16; i++)
        m->value_at[i] = &m->values[i];
    if (!(m->board = board_load(m->opt.board, e)) || !(m->image = image_open(m->opt.elf_path, m->opt.base, e)) ||
        !(m->isa = isa_open(m->board->core, e)) || !open_engine(m, e) || !load_segments(m, e) || !find_start(m, e) ||
        !scopes_init(m, e))
        return false;
    m->predicts = isa_predicts(m->isa);
    const struct symbol *hb = elf_symbol(m->image, "_sheap"), *he = elf_symbol(m->image, "_eheap");
    if (hb && he) {
        m->heap_base = hb->addr;
        m->heap_end = he->addr;
    }
    return data_parts(m, e) && memory_init(m, e) && guest_open(m, e) && periph_init(m, e) && add_hooks(m, e) && observe_open(m, e);
}

struct machine *machine_open(const struct machine_options *o, struct err *e)
{
    struct machine *m = calloc(1, sizeof *m);
    if (!m) {
        err_nomem(e);
        return NULL;
    }
    m->opt = *o;
    if (!set_up(m, e)) {
        machine_close(m);
        return NULL;
    }
    return m;
}

/* What a stop of the emulator means. True: go on at m->resume. */
static bool handle(struct machine *m, uc_err err, struct err *e)
{
    uint32_t pc = 0;
    enum stop_why why = m->why;
    m->why = STOP_NONE;
    uc_reg_read(m->uc, UC_ARM_REG_PC, &pc);
    switch (why) {
    case STOP_RETRY:
        return add_code_hooks(m, e);
    case STOP_EVENT:
        if (m->interrupt == 7) { /* BKPT */
            const uint8_t *p = machine_host(m, pc, 2);
            if (p && p[0] == 0xab && p[1] == 0xbe) {
                m->resume = pc + 2;
                return periph_semihost(m);
            }
            return guest_fault(m, FAULT_DEBUGEVT, 0, pc, NULL, e);
        }
        return guest_interrupt(m, m->interrupt, pc, e);
    case STOP_DEBUG:
        return true;
    case STOP_TAKE: /* the PC that Unicorn shows in a block hook may be that of an earlier block */
        uc_reg_write(m->uc, UC_ARM_REG_PC, &(uint32_t){m->resume | 1});
        return guest_take(m, e);
    case STOP_CYCLES:
    case STOP_SECONDS: {
        char spot[160];
        hot_spot(m, spot, sizeof spot);
        if (why == STOP_CYCLES)
            return err_set(e, ERR_LIMIT, "stopped after %llu cycles (--max-cycles), %s", (unsigned long long)m->cycles, spot);
        return err_set(e, ERR_LIMIT, "stopped after %llu s (--max-seconds), %s", (unsigned long long)m->opt.max_seconds, spot);
    }
    case STOP_ERROR:
        *e = m->err;
        if (e->code == ERR_NONE)
            err_nomem(e);
        return false;
    case STOP_FAULT:
        /* The part of the block before the instruction that faults runs uncounted, unless it did already. */
        m->why = STOP_FAULT;
        if (m->trap != FAULT_DIVBYZERO) /* found where the block begins, as above */
            pc = m->resume & ~1u;
        if (pc != m->trap_pc) {
            uc_ctl_remove_cache(m->uc, pc, (uint64_t)pc + m->cur->size);
            uc_emu_start(m->uc, pc | 1, m->trap_pc, 0, 0);
            uc_ctl_remove_cache(m->uc, pc, (uint64_t)pc + m->cur->size);
        }
        m->why = STOP_NONE;
        m->open = false;
        m->cur = &m->idle;
        return m->trap == TRAP_STACK ? guest_stack_overflow(m, e) : guest_fault(m, (enum fault)m->trap, 0, m->trap_pc, NULL, e);
    case STOP_EXIT:
        return guest_stuck(m, pc, e);
    case STOP_NONE:
        break;
    }
    if (err == UC_ERR_OK && m->guest->debug && debug_exit(m, pc)) {
        m->resume = pc;
        return true;
    }
    if (err == UC_ERR_OK || (err == UC_ERR_INSN_INVALID && guest_is_wfe(m, pc)))
        return guest_halt(m, pc);
    if (m->fault_type)
        pc = fault_pc(m);
    bool fetch = err == UC_ERR_FETCH_UNMAPPED || err == UC_ERR_FETCH_PROT;
    uint32_t at = m->fault_addr;
    enum fault kind = err == UC_ERR_INSN_INVALID ? FAULT_UNDEFINSTR : !fetch ? FAULT_PRECISERR : guest_no_execute(at) ? FAULT_IACCVIOL : FAULT_IBUSERR;
    return guest_fault(m, kind, at, fetch ? at : pc, error_kind(m, err), e);
}

bool machine_leg(struct machine *m, struct err *e)
{
    if (m->opt.max_seconds)
        m->limit_at = m->check_at = m->cycles; /* what came before, semihosting say, may have taken long */
    return handle(m, uc_emu_start(m->uc, m->resume | 1, 0xfffffffe, 0, 0), e);
}

bool machine_run(struct machine *m, struct err *e)
{
    m->started_ns = host_ns();
    limit(m, m->resume);
    if (m->why == STOP_NONE) {
        uint32_t lr = UINT32_MAX;
        uc_reg_write(m->uc, UC_ARM_REG_R13, &m->sp_top);
        uc_reg_write(m->uc, UC_ARM_REG_R14, &lr);
    }
    bool go = true;
    if (m->guest->debug)
        debug_serve(m, e);
    else
        while (go)
            go = machine_leg(m, e);
    guest_end(m, e);
    if (m->open)
        finish(m);
    data_count(m);
    m->host_ns = host_ns() - m->started_ns;
    int need = board_wait_states(m->board, m->core_clock / m->axi_ratio);
    if (m->core_clock > m->board->max_hz)
        machine_warn(m, "the core runs at %llu Hz, above the %llu Hz of %s", (unsigned long long)m->core_clock,
                     (unsigned long long)m->board->max_hz, m->board->name);
    if (need < 0 || (uint32_t)need > m->ws)
        machine_warn(m, "%u flash wait states are too few for %llu Hz", m->ws, (unsigned long long)(m->core_clock / m->axi_ratio));
    if (m->opt.clock_hz && m->opt.clock_hz != m->fw_clock)
        machine_warn(m, "--clock %llu Hz overrides the %llu Hz that the firmware set", (unsigned long long)m->opt.clock_hz,
                     (unsigned long long)m->fw_clock);
    return !e || e->code == ERR_NONE;
}

struct isa *machine_isa(struct machine *m)
{
    return m->isa;
}

const char *machine_uart(const struct machine *m)
{
    return buf_text(&m->uart);
}

const char *machine_fault_text(const struct machine *m)
{
    return buf_text(&m->fault);
}

bool machine_symbol(const struct machine *m, const char *name, uint32_t *addr, uint32_t *size)
{
    const struct symbol *s = elf_symbol(m->image, name);
    if (s) {
        *addr = s->addr;
        *size = s->size;
    }
    return s != NULL;
}

bool machine_read(struct machine *m, uint32_t addr, void *out, uint32_t n, struct err *e)
{
    const uint8_t *p = machine_host(m, addr, n);
    if (!p)
        return err_set(e, ERR_INPUT, "0x%08x: no %u bytes of memory there", addr, n);
    memcpy(out, p, n);
    return true;
}

void machine_close(struct machine *m)
{
    if (!m)
        return;
    guest_close(m);
    if (m->uc)
        uc_close(m->uc);
    for (struct node *n = m->all, *next; n; n = next) {
        next = n->all;
        data_settle(m, n);
        for (struct outcome *o = n->outcomes, *on; o; o = on) {
            on = o->next;
            free(o);
        }
        free(n);
    }
    for (size_t i = 0; i < m->blocks_cap; i++)
        for (struct block *b = m->blocks[i], *next; b; b = next) {
            next = b->next;
            block_free(b);
        }
    if (m->board) {
        memory_free(m);
        for (int i = 0; i < m->board->nregions; i++)
            if (m->board->region[i].alias_of < 0 && m->mem[i])
                munmap(m->mem[i], m->board->region[i].size);
    }
    free(m->blocks);
    free(m->nodes);
    free(m->scopes);
    free(m->hook);
    free(m->asked);
    free(m->reg);
    buf_free(&m->uart);
    buf_free(&m->itm);
    buf_free(&m->fault);
    buf_free(&m->warnings);
    buf_free(&m->fw_config);
    isa_close(m->isa);
    elf_free(m->image);
    free(m->board);
    free(m);
}
