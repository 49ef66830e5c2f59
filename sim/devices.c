#include "sim/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/desc.h"
#include "sim/device.h"
#include "sim/names.h"

static const char *const kinds[] = {"none", "storage", "usart", "usart2", "lpuart", "timer", "rng", "crc", "crc2", "dma_streams", "dma_channels",
                                    "gpio", "hsem", "iwdg", "wwdg", NULL};
static const char *const clocks[] = {"pclk", "sysclk", "hsi", "lse", "csi", "other", NULL};

/* ---- tables ---- */

static void device_reset(struct device *d)
{
    d->pol = 0x04c11db7;
    d->seed = 0x9e3779b97f4a7c15u;
    if (d->kind == KIND_CRC || d->kind == KIND_CRC2)
        d->status = UINT32_MAX;
    if (d->kind == KIND_WWDG)
        d->ctrl = d->enable = 0x7f;
}

/* DMA requests of a USART: numbers of DMAMUX, or DMA.STREAM.CHANNEL where there is none. */
static bool read_routes(const struct node *n, const char *key, struct route *out, int *count, struct err *e)
{
    const struct node *list = map_get(n, key);
    for (size_t i = 0; list && i < list_len(list); i++) {
        const char *text;
        unsigned dma = 0, stream = 0, request = 0;
        int end = 0;
        if (i == MAX_ROUTES || !node_str(list_at(list, i), &text, e))
            return node_err(list, e, "expected at most %d DMA requests", MAX_ROUTES);
        if (sscanf(text, "%1u.%1u.%1u%n", &dma, &stream, &request, &end) != 3) {
            dma = stream = 0;
            if (sscanf(text, "%3u%n", &request, &end) != 1)
                end = 0;
        }
        if (!end || text[end] || request > 127)
            return node_err(list_at(list, i), e, "expected a DMAMUX request up to 127, or DMA.STREAM.CHANNEL");
        out[(*count)++] = (struct route){(uint8_t)dma, (uint8_t)stream, (uint8_t)request};
    }
    return true;
}

/* Which clocks a USART can select, and in which register. */
static bool read_clocks(struct devices *v, const struct node *root, struct err *e)
{
    const struct node *n = map_get(root, "usart_clocks"), *list = n ? map_need(n, "names", e) : NULL;
    uint64_t reg;
    if (!n)
        return true;
    if (!list || !map_u64(n, "register", 0x40000000, 0x5fffffff, &reg, e))
        return false;
    v->clock_reg = (uint32_t)reg;
    for (size_t i = 0; i < list_len(list); i++) {
        int c;
        if (i == MAX_CLOCKS || !node_enum(list_at(list, i), clocks, &c, e))
            return node_err(list, e, "expected at most %d clocks", MAX_CLOCKS);
        v->clock[v->nclocks++] = (enum usart_clock)c;
    }
    return map_done(n, e);
}

static bool read_device(struct devices *v, struct machine *m, const struct node *n, struct err *e)
{
    struct device *d = &v->d[v->n];
    const char *name;
    uint64_t base, size = 0x400, irq = UINT64_MAX, bus = 1, second = UINT64_MAX, channels = 0, bits = 16, mux = 0, select = 32, width = 2, line;
    int kind;
    if (v->n == MAX_DEVICES)
        return node_err(n, e, "more than %d peripherals", MAX_DEVICES);
    if (!map_str(n, "name", &name, e) || !map_u64(n, "base", 0x40000000, 0x5fffffff, &base, e) || !map_enum(n, "kind", kinds, &kind, e) ||
        !opt_u64(n, "size", 4, 0x100000, &size, e) || !opt_u64(n, "irq", 0, MAX_IRQS - 1, &irq, e) || !opt_u64(n, "bus", 1, 2, &bus, e))
        return false;
    if (!opt_u64(n, "mux", 0x40000000, 0x5fffffff, &mux, e) || !opt_u64(n, "select", 0, 31, &select, e) || !opt_u64(n, "select_width", 1, 3, &width, e) ||
        !read_routes(n, "rx", d->rx, &d->nrx, e) || !read_routes(n, "tx", d->tx, &d->ntx, e))
        return false;
    if (!opt_u64(n, "compare_irq", 0, MAX_IRQS - 1, &second, e) || !opt_u64(n, "channels", 0, MAX_CHANNELS, &channels, e) ||
        !opt_u64(n, "bits", 16, 32, &bits, e))
        return false;
    const struct node *irqs = map_get(n, "irqs");
    for (size_t i = 0; irqs && i < list_len(irqs); i++) {
        if (i == MAX_STREAMS || !node_u64(list_at(irqs, i), 0, MAX_IRQS - 1, &line, e))
            return node_err(irqs, e, "at most %d interrupts", MAX_STREAMS);
        d->stream[d->nstreams++] = (struct stream){.d = d, .irq = (int)line};
    }
    snprintf(d->name, sizeof d->name, "%s", name);
    d->base = (uint32_t)base;
    d->size = (uint32_t)size;
    d->kind = (enum kind)kind;
    d->mux = (uint32_t)mux;
    d->select = (uint32_t)select;
    d->select_width = select < 32 ? (uint32_t)width : 0;
    d->irq = irq == UINT64_MAX ? -1 : (int)irq;
    d->second_irq = second == UINT64_MAX ? -1 : (int)second;
    d->bus = (int)bus;
    d->m = m;
    d->channels = (int)channels;
    d->mask = bits == 32 ? UINT32_MAX : UINT16_MAX;
    d->reload = d->kind == KIND_TIMER ? d->mask : UINT32_MAX;
    device_reset(d);
    v->n++;
    return map_done(n, e);
}

/* Words of the factory's memory: flash size, unique number, calibration. */
static bool read_words(struct devices *v, const struct node *root, struct err *e)
{
    struct machine *m = v->m;
    const struct node *n = map_get(root, "factory"), *list = n ? map_need(n, "words", e) : NULL;
    const char *source;
    bool assumed;
    uint64_t base, size_at, at, value;
    if (!n)
        return true;
    if (!list || !map_source(n, &source, &assumed, e) || !map_u64(n, "base", 0x1ff00000, 0x1fffffff, &base, e) ||
        !map_u64(n, "flash_size", base, base + FACTORY_BYTES - 2, &size_at, e) || !map_done(n, e))
        return false;
    if (base % FACTORY_BYTES || board_region(m->board, (uint32_t)base, 1) >= 0)
        return node_err(n, e, "base 0x%08x is not free and a multiple of %d", (unsigned)base, FACTORY_BYTES);
    v->factory = aligned_alloc(FACTORY_BYTES, FACTORY_BYTES);
    if (!v->factory)
        return err_nomem(e);
    memset(v->factory, 0xff, FACTORY_BYTES);
    for (size_t i = 0; i < list_len(list); i++) {
        const struct node *w = list_at(list, i);
        if (!map_u64(w, "address", base, base + FACTORY_BYTES - 4, &at, e) || !map_u64(w, "value", 0, UINT32_MAX, &value, e) || !map_done(w, e))
            return false;
        memcpy(v->factory + (at - base), &(uint32_t){(uint32_t)value}, 4);
    }
    memcpy(v->factory + (size_at - base), &(uint16_t){(uint16_t)(m->board->region[0].size >> 10)}, 2);
    if (uc_mem_map_ptr(m->uc, base, FACTORY_BYTES, UC_PROT_READ, v->factory) != UC_ERR_OK)
        return err_set(e, ERR_ENV, "Unicorn cannot map the factory's memory");
    return true;
}

/* True when the file was for this board. */
static bool read_table(struct devices *v, struct machine *m, const char *path, bool *mine, struct err *e)
{
    struct desc *doc = desc_load(path, e);
    const struct node *boards = NULL, *list, *timers, *root = doc ? desc_root(doc) : NULL;
    const char *source;
    bool assumed, ok = root && (boards = map_need(root, "boards", e)) != NULL;
    uint64_t b1 = 0, b2 = 0, reg = 0, mpu = 8, calib = m->guest->systick_calib;
    *mine = false;
    for (size_t i = 0; ok && i < list_len(boards); i++) {
        const char *name;
        ok = node_str(list_at(boards, i), &name, e);
        *mine |= ok && !strcmp(name, m->board->name);
    }
    if (!ok || !*mine) {
        desc_free(doc);
        return ok;
    }
    ok = map_source(root, &source, &assumed, e) && (timers = map_need(root, "timers", e)) != NULL && map_u64(timers, "register", 0x40000000, 0x5fffffff, &reg, e) &&
         map_u64(timers, "apb1_bit", 0, 31, &b1, e) && map_u64(timers, "apb2_bit", 0, 31, &b2, e) && map_done(timers, e) &&
         opt_u64(root, "mpu_regions", 8, MAX_MPU_REGIONS, &mpu, e) && opt_u64(root, "systick_calib", 0, UINT32_MAX, &calib, e) &&
         read_words(v, root, e) && (!map_get(root, "registers") || board_add_registers(m->board, map_get(root, "registers"), e)) && read_clocks(v, root, e) && (list = map_need(root, "list", e)) != NULL;
    if (ok) {
        v->timer_reg = (uint32_t)reg;
        m->guest->mpu.regions = (uint32_t)mpu;
        m->guest->systick_calib = (uint32_t)calib;
        v->apb_bit[0] = (uint32_t)b1;
        v->apb_bit[1] = (uint32_t)b2;
    }
    for (size_t i = 0; ok && i < list_len(list); i++)
        ok = read_device(v, m, list_at(list, i), e);
    ok = ok && map_done(root, e);
    desc_free(doc);
    return ok;
}

static bool read_stub(struct devices *v, const struct node *n, struct err *e)
{
    struct stub *s = &v->stub[v->nstubs];
    uint64_t address, width = 32, sticky = 0, value;
    const struct node *values;
    const char *name = "";
    if (v->nstubs == MAX_STUBS)
        return node_err(n, e, "more than %d stubs", MAX_STUBS);
    if (!map_u64(n, "address", 0x40000000, 0xe00fffff, &address, e) || !opt_u64(n, "width", 8, 32, &width, e) ||
        !opt_u64(n, "sticky", 0, UINT32_MAX, &sticky, e) || !opt_str(n, "name", &name, e) || !opt_bool(n, "keep", &s->keep, e))
        return false;
    if (width != 8 && width != 16 && width != 32)
        return node_err(n, e, "width %u, expected 8, 16 or 32", (unsigned)width);
    if (address % (width / 8) || (address >= 0x60000000 && address < 0xe0000000))
        return node_err(n, e, "address 0x%08x is no %u-bit register of a peripheral", (unsigned)address, (unsigned)width);
    values = map_get(n, "values");
    for (size_t i = 0; values && i < list_len(values); i++) {
        if (i == MAX_VALUES)
            return node_err(values, e, "more than %d values", MAX_VALUES);
        if (!node_u64(list_at(values, i), 0, UINT32_MAX, &value, e))
            return false;
        s->value[s->nvalues++] = (uint32_t)value;
    }
    s->address = (uint32_t)address;
    s->width = (unsigned)width / 8;
    s->sticky = (uint32_t)sticky;
    v->nstubs++;
    return map_done(n, e);
}

static bool read_stubs(struct devices *v, const char *path, struct err *e)
{
    struct desc *doc = desc_load(path, e);
    const struct node *list = doc ? map_need(desc_root(doc), "stubs", e) : NULL;
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < list_len(list); i++)
        ok = read_stub(v, list_at(list, i), e);
    ok = ok && map_done(desc_root(doc), e);
    desc_free(doc);
    return ok;
}

bool devices_open(struct machine *m, struct err *e)
{
    struct devices *v = calloc(1, sizeof *v);
    if (!v)
        return err_nomem(e);
    m->guest->devices = v;
    v->m = m;
    char **files = data_list("sim/devices");
    bool mine = false, ok = true;
    for (int i = 0; ok && files && files[i] && !mine; i++) {
        char name[300], path[600];
        snprintf(name, sizeof name, "sim/devices/%.200s.yaml", files[i]);
        ok = !data_path(path, sizeof path, name) || read_table(v, m, path, &mine, e);
    }
    free(files);
    if (ok && m->opt.stub)
        ok = read_stubs(v, m->opt.stub, e);
    for (int i = 0; ok && i < v->n; i++) {
        struct device *d = &v->d[i];
        bool dog = d->kind == KIND_IWDG || d->kind == KIND_WWDG;
        d->event = d->kind == KIND_TIMER || dog ? events_add(&m->guest->q, dog ? watchdog_fire : timer_fire, d) : -1;
        for (int s = 0; s < d->nstreams; s++)
            d->stream[s].event = events_add(&m->guest->q, dma_fire, &d->stream[s]);
    }
    if (ok && !(v->fresh = calloc((size_t)v->n + 1, sizeof *v->fresh)))
        ok = err_nomem(e);
    if (ok)
        memcpy(v->fresh, v->d, (size_t)v->n * sizeof *v->d);
    return ok && uart_open(v, m->opt.uart_in, e);
}

void devices_reset(struct machine *m)
{
    struct devices *v = m->guest->devices;
    memcpy(v->d, v->fresh, (size_t)v->n * sizeof *v->d);
    for (int i = 0; i < v->n; i++) {
        events_set(&m->guest->q, v->d[i].event, NEVER);
        for (int s = 0; s < v->d[i].nstreams; s++)
            events_set(&m->guest->q, v->d[i].stream[s].event, NEVER);
    }
    events_set(&m->guest->q, v->input.event, NEVER);
    v->input.port = NULL; /* until a receiver is enabled again */
}

void devices_close(struct machine *m)
{
    if (m->guest->devices) {
        buf_free(&m->guest->devices->input.bytes);
        free(m->guest->devices->factory);
        free(m->guest->devices->fresh);
    }
    free(m->guest->devices);
    m->guest->devices = NULL;
}

/* ---- behaviour ---- */

/* A line is as high as any of the peripherals that share it. */
static void set_line(struct device *d, int irq, uint8_t which, bool high)
{
    const struct devices *v = d->m->guest->devices;
    bool level = false;
    d->high = (uint8_t)((d->high & ~which) | (high ? which : 0));
    for (int i = 0; i < v->n; i++)
        level |= (v->d[i].irq == irq && v->d[i].high & 1) || (v->d[i].second_irq == irq && v->d[i].high & 2);
    if (irq >= 0)
        nvic_line(d->m->guest->nvic, irq, level);
}

void device_line(struct device *d, bool high)
{
    set_line(d, d->irq, 1, high);
}

void device_second_line(struct device *d, bool high)
{
    set_line(d, d->second_irq, 2, high);
}

uint64_t device_apb(const struct device *d)
{
    const struct devices *v = d->m->guest->devices;
    uint32_t ppre = v->timer_reg ? periph_word(d->m, v->timer_reg) >> v->apb_bit[d->bus - 1] & 7 : 0;
    return (ppre < 4 ? 1 : 1u << (ppre - 3)) * (uint64_t)(d->m->axi_ratio ? d->m->axi_ratio : 1);
}

uint32_t device_merge(const struct device *d, uint32_t addr, unsigned size, uint32_t v)
{
    uint32_t mask = size == 4 ? UINT32_MAX : ((1u << 8 * size) - 1) << 8 * (addr & 3);
    return (periph_word(d->m, addr & ~3u) & ~mask) | (v << 8 * (addr & 3) & mask);
}

/* ---- accesses ---- */

static struct device *device_at(struct devices *v, uint32_t addr)
{
    for (int i = 0; i < v->n; i++)
        if (addr - v->d[i].base < v->d[i].size)
            return &v->d[i];
    return NULL;
}

bool devices_backup(struct machine *m, uint32_t addr)
{
    const struct device *d = device_at(m->guest->devices, addr);
    return d && (!strcmp(d->name, "RTC") || !strcmp(d->name, "BKPSRAM"));
}

static struct stub *stub_at(struct devices *v, uint32_t addr, unsigned size)
{
    for (int i = 0; i < v->nstubs; i++)
        if (addr < v->stub[i].address + v->stub[i].width && v->stub[i].address < addr + size)
            return &v->stub[i];
    return NULL;
}

static bool known_register(const struct machine *m, uint32_t word)
{
    for (int i = 0; i < m->board->nregisters; i++)
        if (m->board->reg[i].address == word)
            return true;
    return false;
}

/* Lists the first access to each register that nothing models. */
static void unmodelled(struct machine *m, const struct device *d, uint32_t addr, bool write)
{
    struct devices *v = m->guest->devices;
    uint32_t word = addr & ~3u;
    if (known_register(m, word))
        return;
    for (int i = 0; i < v->nseen; i++)
        if (v->seen[i] == word)
            return;
    if (v->nseen == MAX_SEEN)
        return;
    v->seen[v->nseen++] = word;
    const struct block *b = m->cur->block;
    uint32_t pc = b && m->insn_now < b->n ? b->run->insn[m->insn_now].addr : m->cur->addr;
    const struct symbol *s = elf_function(m->image, pc);
    char what[120], name[61];
    snprintf(what, sizeof what, "%s of %s register 0x%08x, which is not modelled", write ? "write" : "read",
             d ? d->name : "an unknown peripheral's", addr);
    if (m->opt.strict && !m->guest->strict_hit) {
        m->guest->strict_hit = true;
        m->guest->strict_pc = pc;
        snprintf(m->guest->strict_what, sizeof m->guest->strict_what, "%s", what);
        m->check_at = 0; /* the run ends behind this block */
    }
    if (v->nlisted++ < MAX_LISTED)
        machine_warn(m, "%s, at 0x%08x %s", what, pc, name_text(s ? s->name : "?", name, sizeof name));
}

bool devices_read(struct machine *m, uint32_t addr, unsigned size, uint32_t *v)
{
    struct devices *all = m->guest->devices;
    struct stub *s = stub_at(all, addr, size);
    if (s) {
        uint32_t value = s->written && s->keep ? s->value[0] : s->nvalues ? s->value[s->at < s->nvalues ? s->at : s->nvalues - 1] : 0;
        if (s->at < s->nvalues)
            s->at++;
        value |= s->sticky;
        *v = addr >= s->address ? value >> 8 * (addr - s->address) : value << 8 * (s->address - addr);
        return true;
    }
    if (addr >= 0x60000000)
        return false;
    struct device *d = device_at(all, addr);
    if (!d || d->kind == KIND_NONE) {
        unmodelled(m, d, addr, false);
        return false;
    }
    uint32_t off = (addr - d->base) & ~3u, word = 0;
    switch (d->kind) {
    case KIND_USART:
    case KIND_USART2:
    case KIND_LPUART:
        if (!uart_read(d, off, &word))
            return false;
        break;
    case KIND_TIMER: word = timer_read(d, off); break;
    case KIND_RNG:
    case KIND_CRC:
    case KIND_CRC2:
    case KIND_GPIO:
    case KIND_HSEM:
        if (!passive_read(d, off, &word))
            return false;
        break;
    case KIND_IWDG:
    case KIND_WWDG:
        if (!watchdog_read(d, off, &word))
            return false;
        break;
    case KIND_DMA_STREAMS:
    case KIND_DMA_CHANNELS:
        if (!dma_read(d, off, &word))
            return false;
        break;
    default: return false;
    }
    *v = word >> 8 * (addr & 3);
    return true;
}

bool devices_write(struct machine *m, uint32_t addr, unsigned size, uint32_t v)
{
    struct devices *all = m->guest->devices;
    struct stub *s = stub_at(all, addr, size);
    if (s) {
        if (s->keep && addr == s->address) {
            s->value[0] = v;
            s->written = true;
        }
        return true;
    }
    if (addr >= 0x60000000)
        return false;
    struct device *d = device_at(all, addr);
    if (!d || d->kind == KIND_NONE) {
        unmodelled(m, d, addr, true);
        return false;
    }
    uint32_t off = addr - d->base;
    switch (d->kind) {
    case KIND_USART:
    case KIND_USART2:
    case KIND_LPUART: return uart_write(d, off & ~3u, device_merge(d, addr, size, v));
    case KIND_TIMER: timer_write(d, off, v); return false; /* kept as storage too, for the registers without a rule */
    case KIND_RNG:
    case KIND_CRC:
    case KIND_CRC2:
    case KIND_GPIO:
    case KIND_HSEM: return passive_write(d, off, size, v);
    case KIND_IWDG:
    case KIND_WWDG: return watchdog_write(d, off & ~3u, v);
    case KIND_DMA_STREAMS:
    case KIND_DMA_CHANNELS: return dma_write(d, off & ~3u, v);
    default: return false;
    }
}
