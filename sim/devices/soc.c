#include "sim/devices/soc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/data.h"
#include "base/desc.h"
#include "base/ledger.h"
#include "sim/devices/device.h"
#include "sim/devices/gpio.h"
#include "sim/devices/stub.h"
#include "sim/devices/usart.h"

enum { FACTORY_BYTES = 4096, MAX_SEEN = 4096, MIN_MPU = 8, MAX_MPU = 16 };
enum { PERIPHERALS_END = 0x60000000, PAGE = 4096 };
enum { NO_CALIBRATION = 0x40000000 /* SYST_CALIB: a reference clock, calibration not known */ };

struct soc {
    struct soc_port port;
    struct device_set set;
    void *fresh[MAX_DEVICES]; /* each device as its table left it */
    int first_event;          /* of the devices in the queue, and one past the last */
    int end_event;
    struct stubs *stubs;
    uint8_t *factory; /* FACTORY_BYTES of read-only memory, NULL = none */
    uint32_t mpu_regions;
    uint32_t systick_calib;
    uint32_t end;            /* of the peripherals */
    uint32_t seen[MAX_SEEN]; /* registers that were listed already */
    int nseen;
};

static const struct device_class *const classes[] = {
#define DEVICE(name) &device_##name,
#include "sim/devices/classes.def"
#undef DEVICE
};
static const char *const class_names[] = {
#define DEVICE(name) #name,
#include "sim/devices/classes.def"
#undef DEVICE
    NULL,
};
/* enum usart_clock */
static const char *const usart_clocks[] = {"pclk", "sysclk", "hsi", "lse", "csi", "other", NULL};

/* ---- the family's table ---- */

/* Which clocks a USART can select, and in which register. */
static bool read_clocks(struct soc *s, const struct desc_node *root, struct err *e)
{
    const struct desc_node *n = desc_map_get(root, "usart_clocks"),
                           *list = n ? desc_map_need(n, "names", e) : NULL;
    uint64_t reg;
    if (!n)
        return true;
    if (!list || !desc_map_u64(n, "register", 0x40000000, 0x5fffffff, &reg, e))
        return false;
    s->set.clocks.usart_register = (uint32_t)reg;
    for (size_t i = 0; i < desc_list_len(list); i++) {
        int c;
        if (i == MAX_USART_CLOCKS || !desc_enum(desc_list_at(list, i), usart_clocks, &c, e))
            return desc_err(list, e, "expected at most %d clocks", MAX_USART_CLOCKS);
        s->set.clocks.usart[s->set.clocks.nusart++] = (enum usart_clock)c;
    }
    return desc_map_done(n, e);
}

static bool read_timers(struct soc *s, const struct desc_node *root, struct err *e)
{
    const struct desc_node *n = desc_map_need(root, "timers", e);
    uint64_t reg, bit[2];
    if (!n || !desc_map_u64(n, "register", 0x40000000, 0x5fffffff, &reg, e) ||
        !desc_map_u64(n, "apb1_bit", 0, 31, &bit[0], e) ||
        !desc_map_u64(n, "apb2_bit", 0, 31, &bit[1], e))
        return false;
    s->set.clocks.apb_register = (uint32_t)reg;
    s->set.clocks.apb_bit[0] = (uint32_t)bit[0];
    s->set.clocks.apb_bit[1] = (uint32_t)bit[1];
    return desc_map_done(n, e);
}

static bool read_device(struct soc *s, const struct desc_node *n, struct err *e)
{
    const char *name;
    uint64_t base, size = 0x400, irq[2] = {UINT64_MAX, UINT64_MAX}, bus = 1;
    bool backup = false;
    int kind;
    if (s->set.n == MAX_DEVICES)
        return desc_err(n, e, "more than %d peripherals", MAX_DEVICES);
    if (!desc_map_str(n, "name", &name, e) ||
        !desc_map_u64(n, "base", 0x40000000, 0x5fffffff, &base, e) ||
        !desc_map_enum(n, "kind", class_names, &kind, e) ||
        !desc_opt_u64(n, "size", 4, 0x100000, &size, e) ||
        !desc_opt_u64(n, "irq", 0, MAX_IRQ, &irq[0], e) ||
        !desc_opt_u64(n, "compare_irq", 0, MAX_IRQ, &irq[1], e) ||
        !desc_opt_u64(n, "bus", 1, 2, &bus, e) || !desc_opt_bool(n, "backup", &backup, e))
        return false;
    const struct device_class *class = classes[kind];
    struct device *d = calloc(1, class->bytes);
    if (!d || !(s->fresh[s->set.n] = malloc(class->bytes))) {
        free(d);
        return err_nomem(e);
    }
    s->set.device[s->set.n++] = d;
    d->class = class;
    d->set = &s->set;
    snprintf(d->name, sizeof d->name, "%s", name);
    d->base = (uint32_t)base;
    d->size = (uint32_t)size;
    d->bus = (int)bus;
    for (int i = 0; i < 2; i++)
        d->irq[i] = irq[i] == UINT64_MAX ? NO_IRQ : (int)irq[i];
    d->backup = backup;
    d->event = class->fire ? events_add(s->port.events, class->fire, d) : -1;
    if (class->fire && d->event < 0)
        return desc_err(n, e, "more events than the queue of a run holds");
    return (!class->open || class->open(d, n, e)) && desc_map_done(n, e);
}

/* Words of the factory's memory: flash size, unique number, calibration. */
static bool read_factory(struct soc *s, const struct board *b, const struct desc_node *root,
                         struct err *e)
{
    const struct desc_node *n = desc_map_get(root, "factory"),
                           *list = n ? desc_map_need(n, "words", e) : NULL;
    const char *source;
    bool assumed;
    uint64_t base, size_at, at, value;
    if (!n)
        return true;
    if (!list || !desc_map_source(n, &source, &assumed, e) ||
        !desc_map_u64(n, "base", 0x1ff00000, 0x1fffffff, &base, e) ||
        !desc_map_u64(n, "flash_size", base, base + FACTORY_BYTES - 2, &size_at, e) ||
        !desc_map_done(n, e))
        return false;
    if (base % FACTORY_BYTES || board_region(b, (uint32_t)base, 1) >= 0)
        return desc_err(n, e, "base 0x%08x is not free and a multiple of %d", (unsigned)base,
                        FACTORY_BYTES);
    s->factory = aligned_alloc(FACTORY_BYTES, FACTORY_BYTES);
    if (!s->factory)
        return err_nomem(e);
    memset(s->factory, 0xff, FACTORY_BYTES);
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *w = desc_list_at(list, i);
        if (!desc_map_u64(w, "address", base, base + FACTORY_BYTES - 4, &at, e) ||
            !desc_map_u64(w, "value", 0, UINT32_MAX, &value, e) || !desc_map_done(w, e))
            return false;
        memcpy(s->factory + (at - base), &(uint32_t){(uint32_t)value}, 4);
    }
    memcpy(s->factory + (size_at - base), &(uint16_t){(uint16_t)(b->region[0].size >> 10)}, 2);
    if (!s->port.map(s->port.self, (uint32_t)base, FACTORY_BYTES, s->factory))
        return err_set(e, ERR_ENV, "the emulator cannot map the factory's memory");
    return true;
}

bool soc_family_path(const struct board *b, char *path, size_t size, struct err *e)
{
    char name[sizeof b->family + 32];
    snprintf(name, sizeof name, "sim/devices/%s.yaml", b->family);
    return data_path(path, size, name) ||
           err_at(e, b->path, 0, "family '%s' is not known: there is no %s", b->family, name);
}

static bool read_family(struct soc *s, struct board *b, struct err *e)
{
    char path[600];
    uint64_t mpu = 0, calib = NO_CALIBRATION, end = PERIPHERALS_END;
    const struct desc_node *list, *extra;
    const char *source;
    bool assumed;
    struct desc *doc = soc_family_path(b, path, sizeof path, e) ? desc_load(path, e) : NULL;
    const struct desc_node *root = doc ? desc_root(doc) : NULL;
    bool ok = root && desc_map_source(root, &source, &assumed, e) && read_timers(s, root, e) &&
              desc_opt_u64(root, "mpu_regions", MIN_MPU, MAX_MPU, &mpu, e) &&
              desc_opt_u64(root, "peripherals_end", 0x44000000, PERIPHERALS_END, &end, e) &&
              desc_opt_u64(root, "systick_calib", 0, UINT32_MAX, &calib, e) &&
              read_factory(s, b, root, e) &&
              (!(extra = desc_map_get(root, "registers")) || board_add_registers(b, extra, e)) &&
              read_clocks(s, root, e) && (list = desc_map_need(root, "list", e)) != NULL;
    s->mpu_regions = (uint32_t)mpu;
    s->systick_calib = (uint32_t)calib;
    s->end = (uint32_t)end & ~(PAGE - 1u);
    for (size_t i = 0; ok && i < desc_list_len(list); i++)
        ok = read_device(s, desc_list_at(list, i), e);
    ok = ok && ledger_check(desc_map_get(root, "ledger"), e) && desc_map_done(root, e);
    desc_free(doc);
    return ok;
}

/* The devices of one kind in the table, if there are any. */
static bool describe_kind(const struct desc_node *list, int kind, struct buf *out, struct err *e)
{
    const char *name, *lead = "";
    uint64_t base;
    int k;
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *n = desc_list_at(list, i);
        if (!desc_map_str(n, "name", &name, e) || !desc_map_enum(n, "kind", class_names, &k, e) ||
            !desc_map_u64(n, "base", 0x40000000, 0x5fffffff, &base, e))
            return false;
        if (k != kind)
            continue;
        if (!*lead)
            buf_printf(out, "  %-12s", class_names[kind]);
        buf_printf(out, "%s %s 0x%08x", lead, name, (unsigned)base);
        lead = ",";
    }
    buf_str(out, *lead ? "\n" : "");
    return true;
}

bool soc_describe(const struct board *b, struct buf *out, struct err *e)
{
    char path[600];
    if (!b->family[0])
        return true;
    struct desc *doc = soc_family_path(b, path, sizeof path, e) ? desc_load(path, e) : NULL;
    const struct desc_node *list = doc ? desc_map_need(desc_root(doc), "list", e) : NULL;
    bool ok = list != NULL;
    for (int k = 0; ok && class_names[k]; k++)
        ok = describe_kind(list, k, out, e);
    desc_free(doc);
    return ok;
}

/* ---- life ---- */

struct soc *soc_open(struct board *b, const struct soc_port *port, const struct soc_options *o,
                     struct err *e)
{
    struct soc *s = calloc(1, sizeof *s);
    if (!s) {
        err_nomem(e);
        return NULL;
    }
    s->port = *port;
    s->set.board = b;
    s->set.item_at = NEVER;
    s->set.port = &s->port;
    s->systick_calib = NO_CALIBRATION;
    s->end = PERIPHERALS_END;
    s->first_event = port->events->n;
    bool ok = (!b->family[0] || read_family(s, b, e)) &&
              (!o->stub || (s->stubs = stubs_open(o->stub, e))) &&
              (!o->uart_in || serial_open(&s->set, o->uart_in, e)) &&
              (s->set.registers = registers_open(b, e));
    s->end_event = port->events->n;
    if (!ok) {
        soc_close(s);
        return NULL;
    }
    for (int i = 0; i < s->set.n; i++)
        memcpy(s->fresh[i], s->set.device[i], s->set.device[i]->class->bytes);
    return s;
}

void soc_close(struct soc *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->set.n; i++) {
        free(s->set.device[i]);
        free(s->fresh[i]);
    }
    serial_close(&s->set);
    stubs_close(s->stubs);
    registers_close(s->set.registers);
    free(s->factory);
    free(s);
}

void soc_reset(struct soc *s)
{
    for (int i = 0; i < s->set.n; i++)
        memcpy(s->set.device[i], s->fresh[i], s->set.device[i]->class->bytes);
    for (int i = s->first_event; i < s->end_event; i++)
        events_set(s->port.events, i, NEVER);
    serial_reset(&s->set);
}

/* ---- what hangs on the board ---- */

void soc_pins_reset(struct soc *s)
{
    gpio_settle(&s->set);
}

int soc_pin(const struct soc *s, const char *name)
{
    return gpio_pin(&s->set, name);
}

void soc_pin_drive(struct soc *s, int pin, bool level)
{
    gpio_drive(&s->set, pin, level);
}

bool soc_pin_watch(struct soc *s, int pin, void (*changed)(void *self, bool level, uint64_t at),
                   void *self)
{
    return gpio_watch(&s->set, pin, changed, self);
}

bool soc_spi_slave(struct soc *s, const char *name,
                   uint8_t (*exchange)(void *self, uint8_t out, uint64_t at), void *self,
                   struct err *e)
{
    struct buf names = {0};
    for (int i = 0; i < s->set.n; i++) {
        struct device *d = s->set.device[i];
        if (d->class != &device_spi)
            continue;
        if (!strcasecmp(d->name, name) && s->set.nslaves < MAX_SLAVES) {
            s->set.slave[s->set.nslaves++] = (struct spi_slave){d, exchange, self};
            buf_free(&names);
            return true;
        }
        buf_printf(&names, "%s%s", names.len ? ", " : "", d->name);
    }
    if (s->set.nslaves == MAX_SLAVES)
        err_set(e, ERR_INPUT, "more than %d devices on SPIs", MAX_SLAVES);
    else
        err_set(e, ERR_INPUT, "'%s' is no SPI that is modelled on %s, expected %s", name,
                s->set.board->name, names.len ? buf_text(&names) : "none: it has no such SPI");
    buf_free(&names);
    return false;
}

struct registers *soc_registers(struct soc *s)
{
    return s->set.registers;
}

bool soc_backup(const struct soc *s, uint32_t addr)
{
    const struct device *d = device_at(&s->set, addr);
    return d && d->backup;
}

bool soc_watched(const struct soc *s)
{
    for (int i = 0; i < s->set.n; i++) {
        const struct device *d = s->set.device[i];
        if (d->class->resets && s->port.events->e[d->event].at != NEVER)
            return true;
    }
    return false;
}

uint32_t soc_peripherals_end(const struct soc *s)
{
    return s->end;
}

uint32_t soc_mpu_regions(const struct soc *s)
{
    return s->mpu_regions;
}

uint32_t soc_systick_calib(const struct soc *s)
{
    return s->systick_calib;
}

void soc_name(const struct soc *s, uint32_t addr, char *out, size_t size)
{
    const struct board_register *rule = registers_rule(s->set.registers, addr & ~3u);
    const struct device *d = device_at(&s->set, addr);
    if (rule)
        snprintf(out, size, "%s", rule->name);
    else if (d)
        snprintf(out, size, "%s + 0x%x", d->name, addr - d->base);
    else
        snprintf(out, size, "no known peripheral");
}

bool soc_rtt_byte(struct soc *s, uint8_t *byte)
{
    return serial_rtt_byte(&s->set, byte);
}

/* ---- accesses ---- */

/* Lists the first access to each register that nothing models. */
static void unmodelled(struct soc *s, const struct device *d, uint32_t addr, bool write)
{
    uint32_t word = addr & ~3u;
    if (registers_rule(s->set.registers, word))
        return;
    for (int i = 0; i < s->nseen; i++)
        if (s->seen[i] == word)
            return;
    if (s->nseen == MAX_SEEN)
        return;
    s->seen[s->nseen++] = word;
    s->port.unmodelled(s->port.self, d ? d->name : NULL, addr, write);
}

/* The device that answers there, NULL = none. */
static struct device *answers(struct soc *s, uint32_t addr, bool write)
{
    if (addr >= 0x60000000)
        return NULL;
    struct device *d = device_at(&s->set, addr);
    if (!d || d->class->unmodelled)
        unmodelled(s, d, addr, write);
    return d;
}

bool soc_read(struct soc *s, uint32_t addr, unsigned size, uint32_t *v)
{
    if (stubs_read(s->stubs, addr, size, v))
        return true;
    struct device *d = answers(s, addr, false);
    uint32_t word = 0;
    s->set.access_bytes = size;
    if (!d || !d->class->read || !d->class->read(d, (addr - d->base) & ~3u, &word))
        return false;
    *v = word >> 8 * (addr & 3);
    return true;
}

bool soc_write(struct soc *s, uint32_t addr, unsigned size, uint32_t v)
{
    if (stubs_write(s->stubs, addr, size, v))
        return true;
    struct device *d = answers(s, addr, true);
    return d && d->class->write && d->class->write(d, addr - d->base, size, v);
}
