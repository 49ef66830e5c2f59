/* What a program reads and writes outside of memory: the core's private bus, the microcontroller's
 * peripherals, bit-band aliases. What the firmware sets there decides clocks, wait states and
 * caches. */
#include "sim/periph.h"

#include <string.h>

#include "sim/dwt.h"
#include "sim/exec/access.h"
#include "sim/exec/cut.h"
#include "sim/exec/engine.h"
#include "sim/exec/guard.h"
#include "sim/host/host.h"
#include "sim/poll.h"

static uint32_t stored(const struct machine *m, uint32_t addr)
{
    return registers_get(m->registers, addr);
}

/* bit 32: there is none. */
static bool bit_of(uint32_t v, uint32_t bit)
{
    return bit < 32 && v >> bit & 1;
}

/* What the firmware wrote decides clock, wait states and accelerators. */
static void configure(struct machine *m)
{
    const struct board_flash *f = &m->board->flash;
    uint32_t acr = stored(m, f->acr), ccr = stored(m, 0xe000ed14);
    clock_read(m->board, m->registers, &m->clocks);
    m->clocks.core_hz = m->opt.clock_hz ? m->opt.clock_hz : m->clocks.firmware_hz;
    const struct memory_setup u = {
        .wait_states = acr & ((1u << f->latency_bits) - 1),
        .bus_ratio = m->clocks.bus_ratio,
        .prefetch = f->art && bit_of(acr, f->prefetch_bit),
        .art_icache = f->art && f->icache_lines && bit_of(acr, f->icache_bit),
        .art_dcache = f->art && f->dcache_lines && bit_of(acr, f->dcache_bit),
        .icache = m->board->cache.ibytes && bit_of(ccr, 17),
        .dcache = m->board->cache.dbytes && bit_of(ccr, 16),
    };
    memory_configure(&m->memory, &u);
    access_reconfigured(m);
}

static bool matters(const struct machine *m, uint32_t addr, const struct board_register *rule)
{
    return addr == m->board->flash.acr || addr == 0xe000ed14 ||
           (rule && !strncmp(rule->name, "RCC_", 4));
}

static uint32_t cache_size_id(const struct machine *m, bool instruction)
{
    const struct board_cache *c = &m->board->cache;
    if (!c->line_bytes)
        return 0;
    uint32_t ways = instruction ? c->iways : c->dways,
             sets = (instruction ? c->ibytes : c->dbytes) / c->line_bytes / ways;
    return 0xf0000000u | (sets - 1) << 13 | (ways - 1) << 3 | 1;
}

static uint32_t read_system(struct machine *m, uint32_t a)
{
    const struct cpu_register *own = cpu_register(isa_cpu(m->isa), a);
    if (a == 0xe000ed00 && m->board->cpuid)
        return m->board->cpuid;
    if (own)
        return own->value | (stored(m, a) & own->writable);
    if (a < 0xe0000080)
        return 1; /* ITM stimulus: room in the FIFO */
    switch (a) {
    case 0xe0001004: return dwt_cycles(m);
    case 0xe0001008:
    case 0xe000100c:
    case 0xe0001010:
    case 0xe0001014:
    case 0xe0001018: return dwt_event(m, (int)(a - 0xe0001008) / 4);
    case 0xe0000fb4:
    case 0xe0001fb4:
    case 0xe0040fb4: return 0;     /* lock status of ITM, DWT, TPIU: unlocked */
    case 0xe0040000: return 0xb;   /* TPIU_SSPSR: ports of 1, 2 and 4 bits */
    case 0xe0040300: return 8;     /* TPIU_FFSR: the formatter cannot be stopped */
    case 0xe0040fc8: return 0xca1; /* TPIU_DEVID: serial wire output, Manchester and NRZ */
    case 0xe000ed80: return cache_size_id(m, stored(m, 0xe000ed84) & 1);
    /* DHCSR: register access ready; C_DEBUGEN where somebody debugs, or serves our own firmware */
    case 0xe000edf0: return 0x00010000 | (m->host->debug || m->image->note);
    default: return stored(m, a);
    }
}

static uint32_t read_word(struct machine *m, uint32_t a)
{
    bool system = a >= 0xe0000000 && a < 0xe0100000 && !registers_rule(m->registers, a);
    return system ? read_system(m, a) : registers_read(m->registers, a);
}

/* The instruction that accesses, for engine_now: the one whose cost is being added, or the watched
 * one that ran last. */
static void locate(struct machine *m, uint32_t addr)
{
    bool hooked = m->cursor.hooked.open && addr - m->cursor.hooked.addr < m->cursor.hooked.size;
    int i = hooked ? -1 : access_insn_at(m, addr, true);
    if (i >= 0)
        m->cursor.insn = i;
    else if (hooked)
        m->cursor.insn = m->cursor.last_hook, m->cursor.hooked.open = false;
    if (m->cursor.pending)
        access_until(m, m->cursor.insn);
}

/* Bit-banding, on cores that have it: a word of 0x4200_0000 stands for a bit of 0x4000_0000,
 * likewise 0x2200_0000 for SRAM. */
static bool bit_band(const struct machine *m, uint32_t a, uint32_t *word, unsigned *bit)
{
    bool periph = a >= 0x42000000 && a < 0x44000000;
    if (!isa_cpu(m->isa)->bit_band || !(periph || (a >= 0x22000000 && a < 0x24000000)))
        return false;
    *word = (a & 0xf0000000) + ((a & 0x01ffffff) >> 5 & ~3u);
    *bit = a >> 2 & 31;
    return true;
}

/* Registers that the core's or the microcontroller's peripherals answer; false: plain storage
 * does. */
static bool device_read(struct machine *m, uint32_t addr, unsigned size, uint32_t *v)
{
    if (addr / 4 == 0xe000e01c / 4) {
        *v = soc_systick_calib(m->soc) >> 8 * (addr & 3);
        return true;
    }
    if (exceptions_owns(addr)) {
        *v = exceptions_read(m->exceptions, addr, size);
        if ((addr & 0xffc) == 0xd14) /* the branch predictor's bit is not the exception model's */
            *v |= (stored(m, 0xe000ed14) & 1 << 18) >> 8 * (addr & 3);
        /* DEMCR: the monitor's bits are the exception model's, the others are kept */
        if ((addr & 0xffc) == 0xdfc)
            *v |= (stored(m, 0xe000edfc) & ~(0xfu << 16)) >> 8 * (addr & 3);
        return true;
    }
    if (mpu_owns(addr)) {
        *v = mpu_read(&m->mpu, addr) >> 8 * (addr & 3);
        return true;
    }
    return soc_read(m->soc, addr, size, v);
}

/* A word of which the `size` bytes at `addr` are those of v. */
static uint32_t merged(uint32_t word, uint32_t addr, unsigned size, uint32_t v)
{
    uint32_t shift = (addr & 3) * 8, mask = UINT32_MAX >> (32 - 8 * size) << shift;
    return (word & ~mask) | (v << shift & mask);
}

static bool device_write(struct machine *m, uint32_t addr, unsigned size, uint32_t v)
{
    if (exceptions_owns(addr)) {
        exceptions_write(m->exceptions, addr, size, v);
        /* CCR, DEMCR: the cache and trace bits are not its */
        return (addr & 0xffc) != 0xd14 && (addr & 0xffc) != 0xdfc;
    }
    if (mpu_owns(addr)) {
        mpu_write(&m->mpu, addr, merged(mpu_read(&m->mpu, addr), addr, size, v));
        if (m->mpu.ctrl & 1 && guard_enable(m))
            access_reconfigured(m);
        return true;
    }
    return soc_write(m->soc, addr, size, v);
}

uint32_t periph_read(struct machine *m, uint32_t a, unsigned size)
{
    uint32_t v;
    return device_read(m, a, size, &v) ? v : read_word(m, a & ~3u) >> (a & 3) * 8;
}

static uint64_t on_read(uc_engine *uc, uint64_t offset, unsigned size, void *user)
{
    struct periph_window *w = user;
    uint32_t a = w->base + (uint32_t)offset, word;
    unsigned bit;
    (void)uc;
    locate(w->m, a);
    if (bit_band(w->m, a, &word, &bit)) {
        if (a < 0x40000000) {
            const uint8_t *p = engine_host(w->m, word, 4);
            return p ? p[bit / 8] >> bit % 8 & 1 : 0;
        }
        uint32_t value = periph_read(w->m, word, 4) >> bit & 1;
        poll_read(w->m, a, value);
        return value;
    }
    uint32_t value = periph_read(w->m, a, size);
    poll_read(w->m, a, value);
    return value;
}

static void write_system(struct machine *m, uint32_t a, uint32_t v, unsigned size)
{
    bool was = dwt_counting(m);
    if (a < 0xe0000080) { /* ITM stimulus ports: text is on the first */
        for (unsigned i = 0; a < 0xe0000004 && i < size; i++)
            console_write(m, &(char){(char)(v >> i * 8)}, 1);
        return;
    }
    switch (a) {
    case 0xe0001004: dwt_set_cycles(m, v); return;
    case 0xe0001008:
    case 0xe000100c:
    case 0xe0001010:
    case 0xe0001014:
    case 0xe0001018: dwt_set_event(m, (int)(a - 0xe0001008) / 4, v); return;
    case 0xe000ef50:
    case 0xe000ef58:
    case 0xe000ef5c:
    case 0xe000ef60:
    case 0xe000ef64:
    case 0xe000ef68:
    case 0xe000ef6c:
    case 0xe000ef70:
    case 0xe000ef74: memory_maintain(&m->memory, a, v, m->time.cycles); return;
    }
    if (a == 0xe000ed88) /* CPACR: of the coprocessors, 10 and 11 are there */
        v &= 0xf << 20;
    registers_set(m->registers, a, v);
    if (a == 0xe000edfc || a == 0xe0001000)
        dwt_enable(m, was);
}

void periph_write(struct machine *m, uint32_t a, unsigned size, uint32_t value)
{
    const struct board *b = m->board;
    uint32_t v = value, word = a & ~3u;
    if (device_write(m, a, size, v))
        return;
    if (size < 4 && !(word < 0xe0000080 && word >= 0xe0000000))
        v = merged(stored(m, word), a, size, v);
    if (word >= 0xe0000000) {
        write_system(m, word, v, size);
    } else {
        registers_write(m->registers, word, v);
        if (word == b->flash.acr && b->flash.art)
            memory_art_reset(&m->memory, v >> 11 & 1, v >> 12 & 1);
    }
    if (matters(m, word, registers_rule(m->registers, word)))
        configure(m);
}

static void on_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *user)
{
    struct periph_window *w = user;
    struct machine *m = w->m;
    uint32_t a = w->base + (uint32_t)offset, v = (uint32_t)value, word, now;
    unsigned bit;
    (void)uc;
    locate(m, a);
    if (!bit_band(m, a, &word, &bit)) {
        periph_write(m, a, size, v);
        cut_stored(m);
    } else if (a >= 0x40000000) { /* read, change one bit, write */
        now = periph_read(m, word, 4);
        periph_write(m, word, 4, (now & ~(1u << bit)) | (v & 1) << bit);
        cut_stored(m);
    } else {
        const uint8_t *p = engine_host(m, word, 4);
        uint8_t byte = p ? (uint8_t)((p[bit / 8] & ~(1u << bit % 8)) | (v & 1) << bit % 8) : 0;
        if (p)
            uc_mem_write(m->uc, word + bit / 8, &byte, 1);
    }
}

static void start_values(struct machine *m)
{
    const struct board *b = m->board;
    registers_set(m->registers, b->flash.acr, b->flash.acr_reset);
    registers_set(m->registers, 0xe000ed14, isa_cpu(m->isa)->ccr);
    registers_set(m->registers, 0xe000ef34, 0xc0000000); /* FPCCR: automatic and lazy stacking */
}

/* A system reset leaves the debug components and the backup domain alone. */
static bool survives(const void *self, uint32_t addr)
{
    const struct machine *m = self;
    bool debug = addr >= 0xe0000000 && (addr < 0xe000e000 || addr >= 0xe000edf0) &&
                 addr - 0xe000ee00 >= 0x200;
    return debug || soc_backup(m->soc, addr);
}

void periph_reset(struct machine *m)
{
    registers_reset(m->registers, survives, m);
    start_values(m);
    configure(m);
}

bool periph_init(struct machine *m, struct err *e)
{
    m->registers = soc_registers(m->soc);
    start_values(m);
    const struct {
        uint32_t base, size;
    } windows[3] = {{0x40000000, soc_peripherals_end(m->soc) - 0x40000000},
                    {0xe0000000, 0x00100000},
                    {0x22000000, 0x02000000}};
    for (int i = 0; i < (isa_cpu(m->isa)->bit_band ? 3 : 2); i++) {
        m->window[i] = (struct periph_window){m, windows[i].base};
        if (uc_mmio_map(m->uc, windows[i].base, windows[i].size, on_read, &m->window[i], on_write,
                        &m->window[i]) != UC_ERR_OK)
            return err_set(e, ERR_ENV, "Unicorn cannot map the peripherals");
    }
    configure(m);
    return true;
}
