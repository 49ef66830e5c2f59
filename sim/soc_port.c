/* What the peripherals get of the machine: time, interrupts, memory as another bus master sees it,
 * and messages. */
#include "sim/soc_port.h"

#include <stdio.h>
#include <string.h>

#include "sim/attached/attached.h"
#include "sim/exec/engine.h"
#include "sim/guest.h"
#include "sim/host/host.h"
#include "sim/image/names.h"
#include "sim/periph.h"

enum { MAX_LISTED = 64 };

static uint64_t now(void *self)
{
    return engine_now(self);
}

static const struct clocks *clocks(void *self)
{
    return &((struct machine *)self)->clocks;
}

static void wake(void *self)
{
    ((struct machine *)self)->time.check_at = 0;
}

static void line(void *self, int irq, bool high)
{
    nvic_line(&((struct machine *)self)->exceptions->nvic, irq, high);
}

static void console(void *self, const char *text, size_t n)
{
    console_write(self, text, n);
}

static void reset(void *self, const char *why)
{
    guest_reset(self, why);
}

static void warn(void *self, const char *text)
{
    engine_warn(self, "%s", text);
}

static void unmodelled(void *self, const char *device, uint32_t addr, bool write)
{
    struct machine *m = self;
    struct guest *g = m->guest;
    const struct block *b = m->cursor.path->block;
    uint32_t pc =
        b && m->cursor.insn < b->n ? b->run->insn[m->cursor.insn].addr : m->cursor.path->addr;
    const struct symbol *s = image_elf_function(m->image, pc);
    char what[120], name[61];
    snprintf(what, sizeof what, "%s of %s register 0x%08x, which is not modelled",
             write ? "write" : "read", device ? device : "an unknown peripheral's", addr);
    if (m->opt.strict && !g->strict_hit) {
        g->strict_hit = true;
        g->strict_pc = pc;
        snprintf(g->strict_what, sizeof g->strict_what, "%s", what);
        m->time.check_at = 0; /* the run ends behind this block */
    }
    if (g->nlisted++ < MAX_LISTED)
        engine_warn(m, "%s, at 0x%08x %s", what, pc,
                    image_name_text(s ? s->name : "?", name, sizeof name));
}

static bool is_peripheral(uint32_t a)
{
    return a >= 0x40000000 && a < 0x60000000;
}

static uint8_t *memory(struct machine *m, uint32_t addr, unsigned size, bool store)
{
    int r = board_region(m->board, addr, size);
    bool read_only = r >= 0 && store && m->board->region[r].kind == REGION_FLASH;
    return r >= 0 && !read_only ? engine_host(m, addr, size) : NULL;
}

static bool load(void *self, uint32_t addr, unsigned size, uint32_t *v)
{
    const uint8_t *p = memory(self, addr, size, false);
    if (!p && !is_peripheral(addr))
        return false;
    *v = 0;
    if (p)
        memcpy(v, p, size);
    else
        *v = periph_read(self, addr, size);
    if (size < 4)
        *v &= (1u << 8 * size) - 1;
    return true;
}

static bool store(void *self, uint32_t addr, unsigned size, uint32_t v)
{
    struct machine *m = self;
    if (memory(m, addr, size, true)) {
        observe_written(m, addr, size);
        return uc_mem_write(m->uc, addr, &v, size) == UC_ERR_OK;
    }
    if (!is_peripheral(addr))
        return false;
    periph_write(m, addr, size, v);
    return true;
}

static bool map(void *self, uint32_t base, uint32_t size, void *bytes)
{
    return uc_mem_map_ptr(((struct machine *)self)->uc, base, size, UC_PROT_READ, bytes) ==
           UC_ERR_OK;
}

bool soc_port_open(struct machine *m, struct err *e)
{
    const struct soc_port port = {
        .self = m,
        .events = &m->time.events,
        .now = now,
        .timeless = m->opt.mode == MODE_BARE,
        .clocks = clocks,
        .wake = wake,
        .line = line,
        .console = console,
        .reset = reset,
        .warn = warn,
        .unmodelled = unmodelled,
        .load = load,
        .store = store,
        .map = map,
    };
    const struct soc_options o = {.stub = m->opt.stub, .uart_in = m->opt.uart_in};
    m->soc = soc_open(m->board, &port, &o, e);
    if (m->soc)
        m->mpu.regions =
            soc_mpu_regions(m->soc) ? soc_mpu_regions(m->soc) : isa_cpu(m->isa)->mpu_regions;
    const struct attached_options attach = {
        .list = m->opt.attach, .engine = m->opt.npu, .engine_user = m->opt.npu_user};
    return m->soc && (m->attached = attached_open(m->soc, &port, &attach, e)) != NULL;
}
