#include "sim/devices/stub.h"

#include <stdlib.h>

#include "base/desc.h"

enum { MAX_STUBS = 256, MAX_VALUES = 64 };

struct stub {
    uint32_t address;
    unsigned width;  /* bytes */
    uint32_t sticky; /* bits that always read 1 */
    int nvalues;
    uint32_t value[MAX_VALUES]; /* one a read, the last for ever */
    int at;
    bool keep; /* reads what was written, once it was */
    bool written;
};

struct stubs {
    int n;
    struct stub stub[MAX_STUBS];
};

static bool read_values(struct stub *s, const struct desc_node *values, struct err *e)
{
    uint64_t value;
    for (size_t i = 0; values && i < desc_list_len(values); i++) {
        if (i == MAX_VALUES)
            return desc_err(values, e, "more than %d values", MAX_VALUES);
        if (!desc_u64(desc_list_at(values, i), 0, UINT32_MAX, &value, e))
            return false;
        s->value[s->nvalues++] = (uint32_t)value;
    }
    return true;
}

static bool read_stub(struct stubs *all, const struct desc_node *n, struct err *e)
{
    struct stub *s = &all->stub[all->n];
    uint64_t address, width = 32, sticky = 0;
    const char *name = "";
    if (all->n == MAX_STUBS)
        return desc_err(n, e, "more than %d stubs", MAX_STUBS);
    if (!desc_map_u64(n, "address", 0x40000000, 0xe00fffff, &address, e) ||
        !desc_opt_u64(n, "width", 8, 32, &width, e) ||
        !desc_opt_u64(n, "sticky", 0, UINT32_MAX, &sticky, e) ||
        !desc_opt_str(n, "name", &name, e) || !desc_opt_bool(n, "keep", &s->keep, e))
        return false;
    if (width != 8 && width != 16 && width != 32)
        return desc_err(n, e, "width %u, expected 8, 16 or 32", (unsigned)width);
    if (address % (width / 8) || (address >= 0x60000000 && address < 0xe0000000))
        return desc_err(n, e, "address 0x%08x is no %u-bit register of a peripheral",
                        (unsigned)address, (unsigned)width);
    if (!read_values(s, desc_map_get(n, "values"), e))
        return false;
    s->address = (uint32_t)address;
    s->width = (unsigned)width / 8;
    s->sticky = (uint32_t)sticky;
    all->n++;
    return desc_map_done(n, e);
}

struct stubs *stubs_open(const char *path, struct err *e)
{
    struct stubs *s = calloc(1, sizeof *s);
    struct desc *doc = s ? desc_load(path, e) : NULL;
    const struct desc_node *list = doc ? desc_map_need(desc_root(doc), "stubs", e) : NULL;
    bool ok = list != NULL;
    if (!s)
        err_nomem(e);
    for (size_t i = 0; ok && i < desc_list_len(list); i++)
        ok = read_stub(s, desc_list_at(list, i), e);
    ok = ok && desc_map_done(desc_root(doc), e);
    desc_free(doc);
    if (ok)
        return s;
    free(s);
    return NULL;
}

void stubs_close(struct stubs *s)
{
    free(s);
}

static struct stub *find(struct stubs *all, uint32_t addr, unsigned size)
{
    for (int i = 0; all && i < all->n; i++) {
        struct stub *s = &all->stub[i];
        if (addr < s->address + s->width && s->address < addr + size)
            return s;
    }
    return NULL;
}

bool stubs_read(struct stubs *all, uint32_t addr, unsigned size, uint32_t *v)
{
    struct stub *s = find(all, addr, size);
    uint32_t value = 0;
    if (!s)
        return false;
    if (s->written && s->keep)
        value = s->value[0];
    else if (s->nvalues)
        value = s->value[s->at < s->nvalues ? s->at : s->nvalues - 1];
    if (s->at < s->nvalues)
        s->at++;
    value |= s->sticky;
    *v = addr >= s->address ? value >> 8 * (addr - s->address) : value << 8 * (s->address - addr);
    return true;
}

bool stubs_write(struct stubs *all, uint32_t addr, unsigned size, uint32_t v)
{
    struct stub *s = find(all, addr, size);
    if (s && s->keep && addr == s->address) {
        s->value[0] = v;
        s->written = true;
    }
    return s != NULL;
}
