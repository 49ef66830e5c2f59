#include "sim/exec/guard.h"

#include "sim/exec/engine.h"

static uint32_t reg(const struct machine *m, int id)
{
    uint32_t v = 0;
    uc_reg_read(m->uc, id, &v);
    return v;
}

struct mode {
    bool privileged, urgent;
};

bool guard_misaligned(struct machine *m, const struct insn *in, uint32_t addr)
{
    uint32_t ccr = exceptions_read(m->exceptions, 0xe000ed14, 4);
    if (in->count > 1 || in->freads || in->fwrites)
        return addr & 3;
    return (ccr & 1 << 3) && (addr & (in->width - 1u));
}

bool guard_traps_division(struct machine *m)
{
    return exceptions_read(m->exceptions, 0xe000ed14, 4) & 1 << 4;
}

bool guard_on_main_stack(const struct machine *m)
{
    return m->calls.level > 0 || !(reg(m, UC_ARM_REG_CONTROL) & 2);
}

static struct mode mode_now(const struct machine *m)
{
    uint32_t x = reg(m, UC_ARM_REG_XPSR) & 0x1ff;
    struct mode k = {.privileged = x || !(reg(m, UC_ARM_REG_CONTROL) & 1)};
    k.urgent = x == EXC_NMI || x == EXC_HARD || (k.privileged && reg(m, UC_ARM_REG_FAULTMASK) & 1);
    return k;
}

bool guard_no_fpu(struct machine *m)
{
    uint32_t access = registers_get(m->registers, 0xe000ed88) >> 20 & 3; /* CPACR.CP10 */
    return access == 0 || (access == 1 && !mode_now(m).privileged);
}

static bool private_bus(uint32_t a)
{
    return a >= 0xe0000000 && a < 0xe0100000;
}

/* Unprivileged code reaches ITM's stimulus ports, and STIR where CCR.USERSETMPEND says so. */
static bool open_to_all(struct machine *m, uint32_t a)
{
    return a < 0xe0000080 ||
           (a / 4 == 0xe000ef00 / 4 && exceptions_read(m->exceptions, 0xe000ed14, 4) & 2);
}

struct violation {
    enum fault kind;
    uint32_t addr;
    const char *what; /* NULL: it may */
};

static struct violation violation_of(struct machine *m, struct mode k, const struct insn *in,
                                     uint32_t addr, uint32_t width, uint32_t count, bool store)
{
    const struct mpu *u = &m->mpu;
    k.privileged = k.privileged && !(in->flags & INSN_AS_USER);
    for (uint32_t i = 0; i < width * count; i++) {
        uint32_t a = addr + i;
        if (i % width && i % width != width - 1)
            continue; /* regions are larger than a transfer: its ends tell */
        if (private_bus(a)) {
            if (!k.privileged && !open_to_all(m, a))
                return (struct violation){FAULT_PRECISERR, a,
                                          "unprivileged access to the private peripheral bus"};
        } else if (!mpu_allows(u, a, store ? MPU_WRITE : MPU_READ, k.privileged, k.urgent)) {
            return (struct violation){FAULT_DACCVIOL, addr + i / width * width,
                                      store ? "write that the MPU forbids"
                                            : "read that the MPU forbids"};
        }
    }
    return (struct violation){0};
}

static void trap(struct machine *m, const struct violation *v, uint32_t pc)
{
    if (engine_trap(m, (int)v->kind, pc)) {
        m->trap.addr = v->addr;
        m->trap.what = v->what;
    }
}

/* What the MPU's attributes make of a region's cache policy; CACR.SIWT decides for shared
 * memory. */
static enum cache_policy policy(void *self, uint32_t addr, enum cache_policy by_region)
{
    const struct machine *m = self;
    return mpu_policy(&m->mpu, addr, by_region, registers_get(m->registers, 0xe000ef9c) & 1);
}

bool guard_enable(struct machine *m)
{
    if (m->guarded)
        return false;
    m->guarded = true;
    for (struct path *n = m->code.all; n && m->opt.mode == MODE_EXACT; n = n->all)
        n->work |= WORK_GUARD;
    m->memory.policy = policy;
    m->memory.policy_self = m;
    memory_refresh(&m->memory);
    return true;
}

static void check_fetch(struct machine *m, const struct path *n, struct mode k)
{
    const struct block *b = n->block;
    for (uint32_t at = n->addr; at < n->addr + n->size; at = (at | 31) + 1) {
        if (mpu_allows(&m->mpu, at, MPU_FETCH, k.privileged, k.urgent))
            continue;
        int i = 0;
        while (i + 1 < b->n && b->run->insn[i + 1].addr <= at)
            i++;
        const struct violation v = {FAULT_IACCVIOL, at, "execution that the MPU forbids"};
        trap(m, &v, b->n ? b->run->insn[i].addr : n->addr);
        return;
    }
}

/* k: NULL while the MPU is off, so that the mode is looked up only when it matters. */
static void check_data(struct machine *m, const struct path *n, const struct mode *k)
{
    const struct block *b = n->block;
    struct mode now;
    for (int i = 0; i < b->naccess; i++) {
        const struct access *a = &b->access[i];
        if (a->group < 0)
            continue;
        uint32_t at = m->cursor.values[b->group[a->group].value] + (uint32_t)a->offset;
        if (a->store && mpu_owns(at))
            return; /* what follows is under the new rules: take it that they allow it */
        if (!k) {
            if (!private_bus(at))
                continue;
            now = mode_now(m);
            k = &now;
        }
        struct violation v =
            violation_of(m, *k, &b->run->insn[a->insn], at, a->width, a->count, a->store);
        if (v.what) {
            trap(m, &v, b->run->insn[a->insn].addr);
            return;
        }
    }
}

void guard_block(struct machine *m, const struct path *n)
{
    if (!(m->mpu.ctrl & 1)) {
        guard_registers(m, n);
        return;
    }
    struct mode k = mode_now(m);
    check_fetch(m, n, k);
    if (n->work & WORK_DATA)
        check_data(m, n, &k);
}

void guard_registers(struct machine *m, const struct path *n)
{
    if (n->work & WORK_DATA)
        check_data(m, n, NULL);
}

void guard_watched(struct machine *m, int insn, uint32_t addr, uint32_t width, uint32_t count,
                   bool store)
{
    const struct insn *in = &m->cursor.path->block->run->insn[insn];
    if ((!(m->mpu.ctrl & 1) && !private_bus(addr)) || in->base < 0 || in->base > 14 ||
        m->trap.diverted.what)
        return;
    struct violation v = violation_of(m, mode_now(m), in, addr, width, count, store);
    if (!v.what)
        return;
    int id = engine_register(in->base);
    uint32_t value = reg(m, id), nowhere = 0xfffe0000u | (addr & 0xff);
    m->trap.diverted.kind = (int)v.kind;
    m->trap.diverted.addr = v.addr;
    m->trap.diverted.what = v.what;
    m->trap.diverted.pc = in->addr;
    m->trap.diverted.reg = id;
    m->trap.diverted.value = value;
    value += nowhere - addr;
    uc_reg_write(m->uc, id, &value);
}

bool guard_diverted(const struct machine *m)
{
    return m->trap.diverted.what != NULL;
}

void guard_undivert(struct machine *m, struct diverted *out)
{
    *out = m->trap.diverted;
    m->trap.diverted.what = NULL;
    uc_reg_write(m->uc, out->reg, &out->value);
    m->stop.addr = out->addr;
}

bool guard_frame(void *self, uint32_t addr, bool store, bool privileged)
{
    struct machine *m = self;
    struct mode k = mode_now(m);
    return !m->guarded ||
           mpu_allows(&m->mpu, addr, store ? MPU_WRITE : MPU_READ, privileged, k.urgent);
}
