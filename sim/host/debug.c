/* A debugger on the machine, or a caller who runs it in pieces. Breakpoints are exits of Unicorn,
 * which end blocks there, so that nothing is counted twice or not at all; a step is an exit behind
 * the instruction and a look at the next block. Modelled time stands still while stopped. While
 * there are watchpoints every instruction is looked at before it executes: the program stops before
 * the one that is about to access, which is where GDB expects it on Arm; it then steps over that
 * instruction. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/exec/access.h"
#include "sim/exec/cut.h"
#include "sim/exec/engine.h"
#include "sim/host/gdb.h"
#include "sim/host/host.h"

enum { MAX_BREAKS = 256, MAX_WATCHES = 32 };

struct watch {
    enum gdb_point kind;
    uint32_t addr, len;
    bool set;
};

struct debug {
    struct machine *m;
    struct gdb *gdb;         /* NULL: pieces of a run, up to `at`: */
    struct machine_until at; /* cycle and exceptions as absolute counts, UINT64_MAX: no bound */
    bool (*emulate)(struct machine *m, struct err *e); /* runs on until the emulator stops */
    uint32_t brk[MAX_BREAKS];
    int nbreaks;
    struct watch watch[MAX_WATCHES];
    uc_hook hook; /* while there are watchpoints */
    uint64_t exits[MAX_BREAKS + 1];
    size_t nexits;
    bool stepping, running, ended, stopped;
    bool at_bkpt; /* stopped before a BKPT of the program, which is skipped on the way on */
    uint32_t step_from, step_to;
    uint64_t step_cycle;
    struct gdb_stop stop;
    struct err *e;
};

static const int core_regs[] = {
    UC_ARM_REG_R0,  UC_ARM_REG_R1,  UC_ARM_REG_R2,  UC_ARM_REG_R3,  UC_ARM_REG_R4,   UC_ARM_REG_R5,
    UC_ARM_REG_R6,  UC_ARM_REG_R7,  UC_ARM_REG_R8,  UC_ARM_REG_R9,  UC_ARM_REG_R10,  UC_ARM_REG_R11,
    UC_ARM_REG_R12, UC_ARM_REG_R13, UC_ARM_REG_R14, UC_ARM_REG_R15, UC_ARM_REG_XPSR,
};
static const int system_regs[] = {UC_ARM_REG_FPSCR,   UC_ARM_REG_MSP,     UC_ARM_REG_PSP,
                                  UC_ARM_REG_PRIMASK, UC_ARM_REG_BASEPRI, UC_ARM_REG_FAULTMASK,
                                  UC_ARM_REG_CONTROL};

static int reg_id(int n)
{
    return n < GDB_D0      ? core_regs[n]
           : n < GDB_FPSCR ? UC_ARM_REG_D0 + n - GDB_D0
                           : system_regs[n - GDB_FPSCR];
}

static uint64_t get_reg(void *self, int n)
{
    struct debug *d = self;
    uint64_t v = 0;
    if (n == 15)
        return d->m->stop.resume & ~1u;
    uc_reg_read(d->m->uc, reg_id(n), &v);
    return v;
}

static void set_reg(void *self, int n, uint64_t v)
{
    struct debug *d = self;
    if (n == 15)
        v |= 1;
    uc_reg_write(d->m->uc, reg_id(n), &v);
    if (n == 15)
        cut_redirect(d->m);
}

static bool periph_addr(uint32_t a, uint32_t n)
{
    return (a >= 0x40000000 && a < 0x60000000 && n <= 0x60000000 - a) ||
           (a >= 0xe0000000 && a < 0xe0100000 && n <= 0xe0100000 - a);
}

static bool read_memory(void *self, uint32_t addr, uint8_t *out, uint32_t n)
{
    struct debug *d = self;
    const uint8_t *p = engine_host(d->m, addr, n);
    if (p)
        memcpy(out, p, n);
    return p || (periph_addr(addr, n) && uc_mem_read(d->m->uc, addr, out, n) == UC_ERR_OK);
}

static bool write_memory(void *self, uint32_t addr, const uint8_t *in, uint32_t n)
{
    struct debug *d = self;
    if (engine_host(d->m, addr, n))
        /* a `load` of the same image into flash is fine */
        return engine_write(d->m, addr, in, n, NULL);
    return periph_addr(addr, n) && uc_mem_write(d->m->uc, addr, in, n) == UC_ERR_OK;
}

/* The watchpoint that an access of `in` hits, and where. */
static const struct watch *hit(const struct debug *d, const struct insn *in, uint32_t *at)
{
    uint32_t addr = access_address(d->m, in), n = (uint32_t)in->width * in->count;
    for (int i = 0; i < MAX_WATCHES; i++) {
        const struct watch *w = &d->watch[i];
        bool kind =
            w->kind == GDB_WATCH_ACCESS || (w->kind == GDB_WATCH_WRITE) == (in->mem == MEM_STORE);
        if (!w->set || !kind || !(addr - w->addr < w->len || w->addr - addr < n))
            continue;
        *at = addr - w->addr < w->len ? addr : w->addr;
        return w;
    }
    return NULL;
}

/* Before each instruction. Unicorn cannot be stopped inside an IT block: there it stops behind
 * it. */
static void on_insn(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct debug *d = user;
    struct machine *m = d->m;
    (void)uc;
    (void)size;
    const struct insn *in = cut_until(m, (uint32_t)address);
    if (!in || !d->running || m->stop.why != STOP_NONE)
        return;
    uint32_t at;
    const struct watch *w = in->mem != MEM_NONE && !d->stopped ? hit(d, in, &at) : NULL;
    if (w) {
        d->stopped = true;
        d->stop = (struct gdb_stop){.why = GDB_WATCHED, .point = w->kind, .addr = at};
        m->time.check_at = 0;
    }
    if (d->stopped && !(in->flags & INSN_IN_IT))
        engine_stop(m, STOP_HERE, in->addr);
}

static bool watch_insert(struct debug *d, enum gdb_point kind, uint32_t addr, uint32_t len)
{
    for (int i = 0; i < MAX_WATCHES && len && addr + (len - 1) >= addr; i++) {
        struct watch *w = &d->watch[i];
        if (w->set)
            continue;
        *w = (struct watch){.kind = kind, .addr = addr, .len = len, .set = true};
        return true;
    }
    return false;
}

/* A hook on every instruction, from the first watchpoint on until the program runs on without
 * any. */
static void watch_all(struct debug *d)
{
    bool any = d->stepping && d->m->cursor.stepwise;
    for (int i = 0; i < MAX_WATCHES; i++)
        any |= d->watch[i].set;
    if (any == d->m->cursor.stepwise)
        return;
    if (any)
        any =
            uc_hook_add(d->m->uc, &d->hook, UC_HOOK_CODE, CALLBACK(on_insn), d, 1, 0) == UC_ERR_OK;
    else
        uc_hook_del(d->m->uc, d->hook);
    d->m->cursor.stepwise = any;
    for (int i = 0; i < d->m->board->nregions;
         i++) { /* all code is translated anew; a flush would clear a gigabyte */
        const struct region *r = &d->m->board->region[i];
        if (r->exec)
            uc_ctl_remove_cache(d->m->uc, (uint64_t)r->base, (uint64_t)r->base + r->size);
    }
}

static bool point(void *self, enum gdb_point kind, uint32_t addr, uint32_t len, bool insert)
{
    struct debug *d = self;
    if (kind == GDB_BREAK_SOFT || kind == GDB_BREAK_HARD) {
        addr &= ~1u;
        int i = 0;
        while (i < d->nbreaks && d->brk[i] != addr)
            i++;
        if (insert && i == d->nbreaks) {
            if (d->nbreaks == MAX_BREAKS)
                return false;
            d->brk[d->nbreaks++] = addr;
        } else if (!insert && i < d->nbreaks) {
            d->brk[i] = d->brk[--d->nbreaks];
        }
        return true;
    }
    if (insert)
        return watch_insert(d, kind, addr, len);
    for (int i = 0; i < MAX_WATCHES; i++) {
        struct watch *w = &d->watch[i];
        if (w->set && w->kind == kind && w->addr == addr && w->len == len) {
            w->set = false;
            return true;
        }
    }
    return true;
}

static bool is_break(const struct debug *d, uint32_t pc)
{
    for (int i = 0; i < d->nbreaks; i++)
        if (d->brk[i] == pc)
            return true;
    return false;
}

static bool is_bkpt(const struct machine *m, uint32_t pc)
{
    const uint8_t *p = engine_host(m, pc, 2);
    return p && p[1] == 0xbe;
}

static bool interrupted(const struct debug *d)
{
    if (d->gdb)
        return gdb_interrupted(d->gdb);
    return d->m->time.cycles >= d->at.cycle || d->m->time.exceptions >= d->at.exceptions;
}

bool debug_at_block(struct machine *m, uint32_t addr)
{
    struct debug *d = m->host->debug;
    if (d->stopped)
        return true;
    if (d->stepping) {
        m->time.check_at = 0;
        if (addr != d->step_from || m->time.cycles != d->step_cycle) {
            d->stopped = true;
            d->stop.why = GDB_STEPPED;
        }
    } else if (interrupted(d)) {
        d->stopped = true;
        d->stop.why = GDB_INTERRUPTED;
    }
    return d->stopped;
}

bool debug_exit(struct machine *m, uint32_t pc)
{
    struct debug *d = m->host->debug;
    bool step = d->stepping && pc == d->step_to;
    if (!step && !(is_break(d, pc) && !d->stepping))
        return false;
    if (!d->stopped)
        d->stop.why = step ? GDB_STEPPED : GDB_BREAK;
    d->stopped = true;
    return true;
}

bool debug_halts(struct machine *m, uint32_t pc)
{
    struct debug *d = m->host->debug;
    if (!d || !d->gdb)
        return false;
    scb_report(&m->exceptions->scb, FAULT_DEBUGEVT, 0, 0);
    m->stop.resume = pc;
    d->at_bkpt = d->stopped = true;
    d->stop.why = GDB_BREAK;
    return true;
}

void debug_cut(struct machine *m, uint32_t cut)
{
    struct debug *d = m->host->debug;
    d->exits[d->nexits] = cut;
    uc_ctl_set_exits(m->uc, d->exits, d->nexits + (cut != 0));
}

/* Runs until something stops it. The exits are breakpoints, or the end of the instruction that is
 * stepped. */
static void run(struct debug *d, bool step)
{
    struct machine *m = d->m;
    const uint8_t *p = engine_host(m, m->stop.resume & ~1u, 2);
    d->nexits = 0;
    d->stepping = step;
    d->step_from = m->stop.resume & ~1u;
    d->step_cycle = m->time.cycles;
    d->step_to = d->step_from + (p && p[1] >= 0xe8 ? 4 : 2);
    if (step)
        d->exits[d->nexits++] = d->step_to;
    for (int i = 0; !step && i < d->nbreaks; i++)
        d->exits[d->nexits++] = d->brk[i];
    for (size_t i = 0; i < d->nexits; i++) /* blocks are cut anew */
        uc_ctl_remove_cache(m->uc, d->exits[i] - 1, d->exits[i] + 1);
    watch_all(d);
    m->time.check_at = 0;
    d->running = true;
    while (!d->stopped && !d->ended) {
        d->ended = !d->emulate(m, d->e);
        if (!d->ended && !d->stopped && !step && d->gdb && gdb_interrupted(d->gdb)) {
            d->stopped = true;
            d->stop.why = GDB_INTERRUPTED;
        }
    }
    d->running = false;
}

static struct gdb_stop resume(void *self, bool step)
{
    struct debug *d = self;
    struct machine *m = d->m;
    bool skip = d->at_bkpt && is_bkpt(m, m->stop.resume & ~1u);
    d->at_bkpt = false;
    if (skip) {
        m->stop.resume = (m->stop.resume & ~1u) + 2;
        set_reg(d, 15, m->stop.resume);
    }
    if (skip && step)
        return d->stop = (struct gdb_stop){.why = GDB_STEPPED};
    if (!d->ended) {
        d->stopped = false;
        d->stop = (struct gdb_stop){.why = GDB_BREAK};
        if (step || is_break(d, m->stop.resume & ~1u))
            run(d, true);
        if (!step && !d->ended && (d->stop.why == GDB_STEPPED || !d->stopped)) {
            d->stopped = is_break(d, m->stop.resume & ~1u);
            d->stop.why = GDB_BREAK;
            if (!d->stopped)
                run(d, false);
        }
        if (d->ended)
            d->stop = (struct gdb_stop){.why = d->e->code == ERR_GUEST ? GDB_FAULT
                                               : d->e->code            ? GDB_LIMIT
                                                                       : GDB_EXITED,
                                        .code = m->result.exit_code};
    } else if (d->stop.why == GDB_FAULT) {
        d->stop.why = GDB_LIMIT; /* nothing goes on behind a fault */
    }
    return d->stop;
}

static bool monitor(void *self, const char *text, struct buf *out)
{
    struct debug *d = self;
    struct machine *m = d->m;
    if (!strcmp(text, "cycles"))
        buf_printf(out, "%" PRIu64 " cycles, %.9f s\n", m->time.cycles,
                   m->clocks.core_hz ? (double)m->time.cycles / (double)m->clocks.core_hz : 0);
    else if (!strcmp(text, "scope"))
        buf_printf(out, "%s\n", m->scopes.list[m->calls.scope].name);
    else if (!strcmp(text, "uart"))
        buf_printf(out, "%s\n", buf_text(&m->host->console));
    else if (!strcmp(text, "help"))
        buf_str(out, "monitor cycles: modelled cycles and seconds so far\nmonitor scope: the "
                     "innermost scope\nmonitor uart: what was printed\n");
    else
        return false;
    return true;
}

bool debug_open(struct machine *m, const char *where, int *port, struct err *e)
{
    struct debug *d = m->time.started ? NULL : calloc(1, sizeof *d);
    const struct gdb_target t = {.self = d,
                                 .reg = get_reg,
                                 .set_reg = set_reg,
                                 .read = read_memory,
                                 .write = write_memory,
                                 .point = point,
                                 .resume = resume,
                                 .monitor = monitor};
    if (m->time.started)
        return err_set(e, ERR_INPUT, "a debugger comes before the first instruction");
    if (!d)
        return err_nomem(e);
    d->m = m;
    m->host->debug = d;
    d->gdb = gdb_listen(where, &t, e);
    if (d->gdb)
        *port = gdb_port(d->gdb);
    return d->gdb != NULL;
}

bool debug_serve(struct machine *m, bool (*emulate)(struct machine *m, struct err *e),
                 struct err *e)
{
    struct debug *d = m->host->debug;
    d->emulate = emulate;
    bool killed = false;
    const struct gdb_patience patience = {.seconds = m->opt.max_seconds,
                                          .since_ns = m->time.started_ns};
    struct err ran = {0};
    d->e = &ran;
    uc_reg_write(m->uc, UC_ARM_REG_R15, &(uint32_t){m->stop.resume | 1});
    if (!gdb_serve(d->gdb, &patience, &killed, e))
        return false;
    uc_ctl_set_exits(m->uc, NULL, 0);
    for (int i = 0; i < MAX_WATCHES; i++)
        d->watch[i].set = false;
    d->stepping = false;
    watch_all(d);
    bool ended = d->ended;
    gdb_close(d->gdb);
    free(d);
    m->host->debug = NULL;
    if (killed && !ended)
        return err_set(e, ERR_LIMIT, "the debugger ended the program after %" PRIu64 " cycles",
                       m->time.cycles);
    if (ran.code)
        return err_set(e, ran.code, "%s", ran.msg);
    while (!ended)
        ended = !emulate(m, e);
    return !e || e->code == ERR_NONE;
}

/* Ready to run from the first instruction on. */
static struct debug *in_pieces(struct machine *m, struct err *e)
{
    struct debug *d = calloc(1, sizeof *d);
    if (!d) {
        err_nomem(e);
        return NULL;
    }
    d->m = m;
    m->host->debug = d;
    uc_reg_write(m->uc, UC_ARM_REG_R15, &(uint32_t){m->stop.resume | 1});
    return d;
}

void debug_go(struct machine *m, bool (*emulate)(struct machine *m, struct err *e),
              const struct machine_until *until, enum machine_why *why, struct err *e)
{
    struct debug *d = m->host->debug ? m->host->debug : in_pieces(m, e);
    struct gdb_stop stop = {.why = GDB_STEPPED};
    uint64_t left = until->instructions;
    *why = MACHINE_ENDED;
    if (!d)
        return;
    d->emulate = emulate;
    d->e = e;
    d->at.cycle = m->time.until = until->cycle ? until->cycle : UINT64_MAX;
    d->at.exceptions = until->exceptions ? m->time.exceptions + until->exceptions : UINT64_MAX;
    d->nbreaks = until->at_address;
    d->brk[0] = until->address & ~1u;
    if (left == 0)
        stop = resume(d, false);
    while (!d->ended && left > 0 && stop.why == GDB_STEPPED) {
        stop = resume(d, true);
        left--;
        if (stop.why == GDB_STEPPED && interrupted(d))
            stop.why = GDB_INTERRUPTED;
        if (stop.why == GDB_STEPPED && until->at_address && is_break(d, m->stop.resume & ~1u))
            stop.why = GDB_BREAK;
    }
    if (d->ended)
        return;
    *why = stop.why == GDB_STEPPED         ? MACHINE_STEPPED
           : stop.why == GDB_BREAK         ? MACHINE_ADDRESS
           : m->time.cycles >= d->at.cycle ? MACHINE_CYCLE
                                           : MACHINE_EXCEPTION;
}

void debug_close(struct machine *m)
{
    struct debug *d = m->host->debug;
    if (d)
        gdb_close(d->gdb);
    free(d);
    m->host->debug = NULL;
}
