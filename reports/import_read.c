/* Reading a log line by line, and the rows of what it measured. */
#include "reports/import_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "reports/import.h"

enum { MAX_NAMED = 10, MAX_LAYERS = 4096 };

bool import_next_line(struct import *in)
{
    if (in->at >= in->n)
        return false;
    const char *p = in->data + in->at;
    const char *end = memchr(p, '\n', in->n - in->at);
    size_t len = end ? (size_t)(end - p) : in->n - in->at;
    in->at += len + (end != NULL);
    in->line++;
    if (len && p[len - 1] == '\r')
        len--;
    size_t keep = len < sizeof in->text ? len : sizeof in->text - 1;
    for (size_t i = 0; i < keep; i++)
        in->text[i] = p[i] ? p[i] : ' '; /* a NUL would end the line early */
    in->text[keep] = '\0';
    return true;
}

void import_bad_line(struct import *in, const char *why)
{
    if (in->notes->bad++ < MAX_NAMED) {
        escape_text(&in->notes->bad_lines, in->file);
        buf_printf(&in->notes->bad_lines, ":%d: ", in->line);
        escape_text(&in->notes->bad_lines, why);
        buf_str(&in->notes->bad_lines, "\n");
    }
}

bool import_token_real(const char *text, double *out)
{
    char *end;
    if (!*text || strspn(text, "0123456789+-.eE") != strlen(text))
        return false;
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}

bool import_token_u64(const char *text, uint64_t *out)
{
    uint64_t v = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
            return false;
    }
    *out = v;
    return true;
}

int import_split(char *text, const char *separators, char **field, int max)
{
    int n = 0;
    for (char *p = text; n < max;) {
        size_t len = strcspn(p, separators);
        bool last = p[len] == '\0';
        p[len] = '\0';
        char *f = p;
        while (*f == ' ' || *f == '\t' || *f == '"')
            f++;
        for (char *q = f + strlen(f); q > f && strchr(" \t\"", q[-1]);)
            *--q = '\0';
        field[n++] = f;
        if (last)
            break;
        p += len + 1;
    }
    return n;
}

void import_config_text(struct import *in, const char *key, const char *value)
{
    json_text(in->config, key, value);
}

void import_config_real(struct import *in, const char *key, double value)
{
    json_real(in->config, key, value);
}

static int scope_named(struct import *in, const char *name, const char *op)
{
    struct rows *r = in->r;
    if (r->nscope == 0)
        rows_scope(r, -1, "measured", "", 0, 0);
    if (!*name)
        return 0;
    for (size_t i = 1; i < r->nscope; i++)
        if (!strcmp(r->scope[i].name, name))
            return (int)i;
    if (r->nscope > MAX_LAYERS) {
        import_bad_line(in, "more than 4096 layers");
        return -1;
    }
    return rows_scope(r, 0, name, op, 0, 0);
}

void import_measured(struct import *in, const char *layer, const char *op, int rep,
                     const char *quantity, double value)
{
    char name[128];
    snprintf(name, sizeof name, "%.100s", layer);
    for (char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    /* 1e15 of any of the quantities is beyond every instrument, and keeps sums far from
     * overflow. */
    if (!isfinite(value) || value < 0 || value > 1e15 || rep > 1000000) {
        import_bad_line(in, "a value is negative or absurdly large");
        return;
    }
    int scope = scope_named(in, name, op);
    if (scope < 0)
        return;
    if (rep < 0) {
        rep = 0;
        for (size_t i = in->r->nsample; i-- > 0;)
            if (in->r->sample[i].scope == scope && !strcmp(in->r->sample[i].quantity, quantity)) {
                rep = in->r->sample[i].rep + 1;
                break;
            }
    } else {
        for (size_t i = in->r->nsample; i-- > 0 && in->r->nsample - i < 4096;)
            if (in->r->sample[i].scope == scope && in->r->sample[i].rep == rep &&
                !strcmp(in->r->sample[i].quantity, quantity)) {
                import_bad_line(in, "the same repetition of a layer is given twice");
                return;
            }
    }
    rows_sample(in->r, scope, rep, quantity, value);
}
