#include "workloads/quantise/params.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"

/* Format: ndarray.cc of MXNet (key mxnet-params). */
enum { LIST_MAGIC = 0x112, MAX_FILE = 256 << 20, MAX_ARRAYS = 100000, MAX_NAME = 512, FLOAT32 = 0 };
/* V3 differs only for unknown shapes */
static const uint32_t array_v2 = 0xF993FAC9u, array_v3 = 0xF993FACAu;

struct reader {
    const char *path;
    const unsigned char *at;
    size_t left, total;
    struct err *e;
};

static bool need(struct reader *r, size_t n, const char *what)
{
    if (r->left >= n)
        return true;
    return err_at(r->e, r->path, 0, "ends within %s at byte %zu: %zu bytes expected, %zu left",
                  what, r->total - r->left, n, r->left);
}

/* Host order from little-endian, 4 or 8 bytes. */
static bool get(struct reader *r, int bytes, uint64_t *out, const char *what)
{
    if (!need(r, (size_t)bytes, what))
        return false;
    *out = 0;
    for (int i = 0; i < bytes; i++)
        *out |= (uint64_t)r->at[i] << (8 * i);
    r->at += bytes;
    r->left -= (size_t)bytes;
    return true;
}

static bool read_array(struct reader *r, struct tensor *t, size_t index)
{
    uint64_t magic, stype, ndim, dim, device, id, type;
    size_t start = r->total - r->left;
    if (!get(r, 4, &magic, "an array header"))
        return false;
    if (magic != array_v2 && magic != array_v3)
        return err_at(r->e, r->path, 0, "array %zu at byte %zu: magic 0x%08lx, expected 0x%08lx",
                      index, start, (unsigned long)magic, (unsigned long)array_v2);
    if (!get(r, 4, &stype, "an array header") || !get(r, 4, &ndim, "an array header"))
        return false;
    if (stype != 0)
        return err_at(r->e, r->path, 0, "array %zu: storage type %ld, expected 0 (dense)", index,
                      (long)(int32_t)stype);
    if (ndim > sizeof t->dim / sizeof *t->dim)
        return err_at(r->e, r->path, 0, "array %zu: %lu dimensions, expected at most %zu", index,
                      (unsigned long)ndim, sizeof t->dim / sizeof *t->dim);
    t->ndim = (int)ndim;
    uint64_t n = 1;
    for (int i = 0; i < t->ndim; i++) {
        if (!get(r, 8, &dim, "an array shape"))
            return false;
        if (dim > MAX_FILE || n * dim > MAX_FILE)
            return err_at(r->e, r->path, 0,
                          "array %zu: dimension %d is %lu, more than the file can hold", index, i,
                          (unsigned long)dim);
        t->dim[i] = (int64_t)dim;
        n *= dim;
    }
    if (!get(r, 4, &device, "an array header") || !get(r, 4, &id, "an array header") ||
        !get(r, 4, &type, "an array header"))
        return false;
    if (type != FLOAT32)
        return err_at(r->e, r->path, 0, "array %zu: element type %ld, expected 0 (float32)", index,
                      (long)(int32_t)type);
    if (!need(r, (size_t)n * 4, "an array's elements"))
        return false;
    t->n = (size_t)n;
    t->data = malloc(t->n ? t->n * sizeof *t->data : 1);
    if (!t->data)
        return err_nomem(r->e);
    for (size_t i = 0; i < t->n; i++, r->at += 4) {
        uint32_t bits = (uint32_t)r->at[0] | (uint32_t)r->at[1] << 8 | (uint32_t)r->at[2] << 16 |
                        (uint32_t)r->at[3] << 24;
        memcpy(&t->data[i], &bits, sizeof bits);
    }
    r->left -= t->n * 4;
    return true;
}

static bool read_name(struct reader *r, struct tensor *t)
{
    uint64_t len;
    if (!get(r, 8, &len, "a name"))
        return false;
    if (len > MAX_NAME)
        return err_at(r->e, r->path, 0, "a name of %lu bytes, expected at most %d",
                      (unsigned long)len, MAX_NAME);
    if (!need(r, (size_t)len, "a name"))
        return false;
    if (memchr(r->at, 0, (size_t)len))
        return err_at(r->e, r->path, 0, "a name with a zero byte inside");
    t->name = strndup((const char *)r->at, (size_t)len);
    if (!t->name)
        return err_nomem(r->e);
    if (!strncmp(t->name, "arg:", 4) || !strncmp(t->name, "aux:", 4))
        memmove(t->name, t->name + 4, strlen(t->name + 4) + 1);
    r->at += len;
    r->left -= (size_t)len;
    return true;
}

static bool read_list(struct reader *r, struct params *p)
{
    uint64_t magic, reserved, n, names;
    if (!get(r, 8, &magic, "the header") || !get(r, 8, &reserved, "the header") ||
        !get(r, 8, &n, "the header"))
        return false;
    if (magic != LIST_MAGIC)
        return err_at(r->e, r->path, 0,
                      "not an MXNet parameter file: starts with 0x%lx, expected 0x%x",
                      (unsigned long)magic, (unsigned)LIST_MAGIC);
    if (n > MAX_ARRAYS)
        return err_at(r->e, r->path, 0, "%lu arrays, expected at most %d", (unsigned long)n,
                      MAX_ARRAYS);
    p->tensor = calloc(n ? (size_t)n : 1, sizeof *p->tensor);
    if (!p->tensor)
        return err_nomem(r->e);
    p->n = (size_t)n;
    for (size_t i = 0; i < p->n; i++)
        if (!read_array(r, &p->tensor[i], i))
            return false;
    if (!get(r, 8, &names, "the list of names"))
        return false;
    if (names != n)
        return err_at(r->e, r->path, 0, "%lu names for %lu arrays", (unsigned long)names,
                      (unsigned long)n);
    for (size_t i = 0; i < p->n; i++) {
        if (!read_name(r, &p->tensor[i]))
            return false;
        for (size_t j = 0; j < i; j++)
            if (!strcmp(p->tensor[j].name, p->tensor[i].name))
                return err_at(r->e, r->path, 0, "two arrays are named '%s'", p->tensor[i].name);
    }
    if (r->left)
        return err_at(r->e, r->path, 0, "%zu bytes after the last name, expected none", r->left);
    return true;
}

struct params *params_parse(const char *path, const void *bytes, size_t len, struct err *e)
{
    struct params *p = calloc(1, sizeof *p);
    if (!p || !(p->path = strdup(path))) {
        free(p);
        err_nomem(e);
        return NULL;
    }
    struct reader r = {.path = path, .at = bytes, .left = len, .total = len, .e = e};
    if (!read_list(&r, p)) {
        params_free(p);
        return NULL;
    }
    data_sha256(bytes, len, p->sha256);
    return p;
}

struct params *params_load(const char *path, struct err *e)
{
    struct buf b = {0};
    struct params *p = NULL;
    if (buf_read_file(&b, path, MAX_FILE, e))
        p = params_parse(path, buf_text(&b), b.len, e);
    buf_free(&b);
    return p;
}

void params_free(struct params *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++) {
        free(p->tensor[i].name);
        free(p->tensor[i].data);
    }
    free(p->tensor);
    free(p->path);
    free(p);
}

const struct tensor *params_find(const struct params *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(p->tensor[i].name, name))
            return &p->tensor[i];
    return NULL;
}

const struct tensor *params_need(const struct params *p, const char *param, const char *suffix,
                                 size_t n, struct err *e)
{
    char name[160];
    snprintf(name, sizeof name, "%s%s", param, suffix);
    const struct tensor *t = params_find(p, name);
    if (!t) {
        err_at(e, p->path, 0, "no tensor named '%s'", name);
        return NULL;
    }
    if (t->n != n) {
        err_at(e, p->path, 0, "tensor '%s' has %zu elements, expected %zu", name, t->n, n);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        if (!isfinite(t->data[i])) {
            err_at(e, p->path, 0, "tensor '%s': element %zu is not a finite number", name, i);
            return NULL;
        }
    return t;
}
