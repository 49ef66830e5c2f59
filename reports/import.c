#include "reports/import.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/escape.h"
#include "reports/import_parts.h"

static const struct {
    const char *name;
    bool (*parse)(struct import *);
} kinds[] = {
    {"serial", import_serial}, {"csv", import_csv},
    {"tflm", import_tflm},     {"st", import_st},
    {"mlperf", import_mlperf}, {"energyrunner", import_energyrunner},
    {"ppk2", import_ppk2},     {"joulescope", import_joulescope},
    {"lpm01a", import_lpm01a}, {"energytrace", import_energytrace},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *const import_kinds[] = {"serial", "csv",          "tflm", "st",
                                    "mlperf", "energyrunner", "ppk2", "joulescope",
                                    "lpm01a", "energytrace",  NULL};

static int by_key(const void *a, const void *b)
{
    const struct sample_row *x = a, *y = b;
    int c = (x->scope > y->scope) - (x->scope < y->scope);
    if (!c)
        c = strcmp(x->quantity, y->quantity);
    if (!c)
        c = (x->value > y->value) - (x->value < y->value);
    return c ? c : (x->rep > y->rep) - (x->rep < y->rep);
}

static int by_scope(const void *a, const void *b)
{
    const struct sample_row *x = a, *y = b;
    int c = (x->scope > y->scope) - (x->scope < y->scope);
    return c ? c : (x->rep > y->rep) - (x->rep < y->rep);
}

/* The medians become the tallies. */
static void tally_medians(struct rows *r)
{
    if (!r->nsample)
        return;
    qsort(r->sample, r->nsample, sizeof *r->sample, by_key);
    bool used_cycles = false, used_ns = false, used_pj = false;
    for (size_t i = 0, end; i < r->nsample; i = end) {
        const struct sample_row *s = &r->sample[i];
        for (end = i; end < r->nsample && r->sample[end].scope == s->scope &&
                      !strcmp(r->sample[end].quantity, s->quantity);)
            end++;
        size_t n = end - i;
        double median = n % 2 ? s[n / 2].value : (s[n / 2 - 1].value + s[n / 2].value) / 2;
        if (!strcmp(s->quantity, "cycles") ||
            (!strcmp(s->quantity, "seconds") && r->run.clock_hz)) {
            double cycles = s->quantity[0] == 'c' ? median : median * (double)r->run.clock_hz;
            rows_tally(r, s->scope, "measured", "cycles",
                       cycles < 9e18 ? (uint64_t)llround(cycles) : 0);
            used_cycles = true;
        } else if (!strcmp(s->quantity, "seconds")) {
            rows_tally(r, s->scope, "time", "ns",
                       median < 9e9 ? (uint64_t)llround(median * 1e9) : 0);
            used_ns = true;
        } else if (!strcmp(s->quantity, "energy_uj")) {
            rows_tally(r, s->scope, "supply", "pj",
                       median < 9e12 ? (uint64_t)llround(median * 1e6) : 0);
            used_pj = true;
        } else if (median >= 1 && s->scope > 0) {
            rows_tally(r, s->scope, "dwt", s->quantity, (uint64_t)llround(median));
            rows_cost(r, "dwt", s->quantity, 0, NAN, "measured");
        }
    }
    if (used_cycles)
        rows_cost(r, "measured", "cycles", 1, NAN, "measured");
    if (used_ns)
        rows_cost(r, "time", "ns", 0, NAN, "measured");
    if (used_pj)
        rows_cost(r, "supply", "pj", 0, 1, "measured");
    qsort(r->sample, r->nsample, sizeof *r->sample, by_scope);
}

/* ---- formats that are known but not read ---- */

static bool refuse_known(const char *file, const char *data, size_t n, struct err *e)
{
    size_t len = strlen(file);
    const char *end = len > 5 ? file + len - 5 : file;
    if ((n >= 8 && !memcmp(data, "jlsfmt\r\n", 8)) || strstr(end, ".jls"))
        return err_at(
            e, file, 0,
            "a Joulescope .jls capture is not read; export the waveform or the statistics as CSV");
    if (strstr(end, ".ppk2") || (n >= 4 && !memcmp(data, "PK\3\4", 4)))
        return err_at(e, file, 0,
                      "a .ppk2 (zip) capture is not read; export it as CSV with timestamp, current "
                      "and digital channels");
    if (strstr(end, ".stpm"))
        return err_at(e, file, 0,
                      "an .stpm capture is not read; record the serial output of the LPM01A with "
                      "`format ascii_dec`");
    return true;
}

/* ---- the whole ---- */

static bool finish(struct import *in)
{
    struct rows *r = in->r;
    const struct import_options *o = in->o;
    char why[200];
    in->notes->records = r->nsample;
    if (r->nsample == 0 || in->notes->bad > r->nsample) {
        const char *first = buf_text(&in->notes->bad_lines);
        snprintf(why, sizeof why, "%.*s", (int)strcspn(first, "\n"), first);
        if (r->nsample == 0 && !in->notes->bad)
            return err_at(in->e, in->file, 0,
                          "holds no measurement of this kind, nothing imported");
        return err_at(in->e, in->file, 0,
                      "%" PRIu64 " bad lines, %zu good values, nothing imported; the first: %s",
                      in->notes->bad, r->nsample, why);
    }
    if (o->network)
        snprintf(r->run.network, sizeof r->run.network, "%.63s", o->network);
    if (o->clock_hz)
        r->run.clock_hz = o->clock_hz;
    bool cycles = false;
    for (size_t i = 0; i < r->nsample; i++)
        cycles = cycles || !strcmp(r->sample[i].quantity, "cycles");
    if (cycles && !r->run.clock_hz)
        return err_at(in->e, in->file, 0, "gives cycles but no clock, expected --clock HZ");
    if (r->run.platform[0] && strcmp(r->run.platform, o->platform) && !o->force)
        return err_at(in->e, in->file, 0,
                      "is a log of %s, expected %s (--force takes it nevertheless)",
                      r->run.platform, o->platform);
    snprintf(r->run.kind, sizeof r->run.kind, "board");
    snprintf(r->run.platform, sizeof r->run.platform, "%.63s", o->platform);
    data_sha256(in->data, in->n, r->run.inputs_sha256);
    tally_medians(r);
    if (in->stack_bytes > 0)
        rows_peak(r, -1, "stack", (uint64_t)in->stack_bytes);
    if (in->heap_bytes > 0)
        rows_peak(r, -1, "heap", (uint64_t)in->heap_bytes);
    const char *base = strrchr(in->file, '/');
    import_config_text(in, "file", base ? base + 1 : in->file);
    if (in->notes->bad)
        import_config_real(in, "bad_lines", (double)in->notes->bad);
    for (size_t i = 0; o->set && o->set[i]; i++) {
        char key[64];
        const char *eq = strchr(o->set[i], '=');
        double v;
        if (!eq || eq == o->set[i] || eq - o->set[i] > 60)
            return err_set(in->e, ERR_INPUT, "--set '%.60s': expected KEY=VALUE", o->set[i]);
        snprintf(key, sizeof key, "%.*s", (int)(eq - o->set[i]), o->set[i]);
        if (import_token_real(eq + 1, &v))
            import_config_real(in, key, v);
        else
            import_config_text(in, key, eq + 1);
    }
    struct buf json = {0};
    json_print(in->config, JSON_SPACED, &json);
    in->config = NULL;
    if (json.failed || r->failed) {
        buf_free(&json);
        return err_nomem(in->e);
    }
    r->run.config_json = json.data;
    return true;
}

bool import_parse(const char *kind, const char *file, const char *data, size_t n,
                  const struct import_options *o, struct rows *out, struct import_notes *notes,
                  struct err *e)
{
    *out = (struct rows){0};
    *notes = (struct import_notes){0};
    size_t k = 0;
    while (k < KINDS && strcmp(kinds[k].name, kind))
        k++;
    if (k == KINDS)
        return err_set(
            e, ERR_INPUT,
            "unknown kind '%.40s', known: serial, csv, tflm, st, mlperf, energyrunner, ppk2, "
            "joulescope, lpm01a, energytrace, paper",
            kind);
    if (!refuse_known(file, data, n, e))
        return false;
    if (n == 0)
        return err_at(e, file, 0, "is empty");
    struct import *in = calloc(1, sizeof *in);
    if (!in)
        return err_nomem(e);
    *in = (struct import){.file = file,
                          .data = data,
                          .n = n,
                          .o = o,
                          .r = out,
                          .notes = notes,
                          .e = e,
                          .config = json_root()};
    import_config_text(in, "instrument", kind);
    bool ok = kinds[k].parse(in) && finish(in);
    if (ok && notes->bad_lines.failed)
        ok = err_nomem(e);
    cJSON_Delete(in->config);
    free(in);
    return ok;
}

/* The class that the log names first becomes part of the configuration. */
static void own_class(const char *log, struct rows *r)
{
    cJSON *from = log ? cJSON_Parse(log) : NULL,
          *to = cJSON_Parse(r->run.config_json ? r->run.config_json : "{}");
    const cJSON *top = cJSON_GetObjectItemCaseSensitive(from, "top1");
    struct buf text = {0};
    if (top && to) {
        json_copy(to, "top1", top);
        if (json_print(to, JSON_COMPACT, &text)) {
            free(r->run.config_json);
            r->run.config_json = text.data;
        } else {
            buf_free(&text);
            r->failed = true;
        }
    } else {
        cJSON_Delete(to);
    }
    cJSON_Delete(from);
}

void import_own_log(const char *uart, struct rows *r)
{
    const struct import_options o = {.platform = "", .gpio = -1, .force = true};
    struct import_notes notes;
    struct rows log;
    struct err e = {0};
    if (import_parse("serial", "uart", uart, strlen(uart), &o, &log, &notes, &e))
        for (size_t i = 0; i < log.nsample; i++)
            for (size_t k = 0; k < r->nscope && !strcmp(log.sample[i].quantity, "cycles"); k++)
                if (!strcmp(r->scope[k].name, log.scope[log.sample[i].scope].name) &&
                    *r->scope[k].op) {
                    rows_sample(r, (int)k, log.sample[i].rep, "cycles", log.sample[i].value);
                    break;
                }
    own_class(log.run.config_json, r);
    rows_free(&log);
    buf_free(&notes.bad_lines);
}

/* ---- identity ---- */

static bool same_file_there(struct store *s, const struct rows *r, struct err *e)
{
    struct table t;
    char sql[300];
    snprintf(sql, sizeof sql,
             "SELECT id FROM run WHERE kind = 'board' AND inputs_sha256 = '%.64s' AND platform = "
             "(SELECT platform FROM run "
             "WHERE kind = 'board' AND inputs_sha256 = '%.64s')",
             r->run.inputs_sha256, r->run.inputs_sha256);
    if (!store_query(s, sql, 0, 0, &t, e))
        return false;
    bool ok = t.nrow == 0 || err_set(e, ERR_INPUT,
                                     "this file is in the database already, as run %" PRId64
                                     " (--force imports it again)",
                                     t.cell[0].i);
    table_free(&t);
    return ok;
}

/* The id as the linker's note holds it (bytes), or as text. */
static bool contains_id(const struct buf *elf, const char *id)
{
    unsigned char raw[40];
    size_t n = strlen(id) / 2;
    bool hex =
        n > 0 && n <= sizeof raw && strspn(id, "0123456789abcdefABCDEF") == 2 * n && !id[2 * n];
    for (size_t i = 0; hex && i < n; i++) {
        char two[3] = {id[2 * i], id[2 * i + 1], '\0'};
        raw[i] = (unsigned char)strtoul(two, NULL, 16);
    }
    return (hex && memmem(elf->data, elf->len, raw, n)) ||
           memmem(elf->data, elf->len, id, strlen(id));
}

static bool identity_from_elf(struct rows *r, const struct import_notes *notes, const char *elf,
                              bool force, struct err *e)
{
    struct buf b = {0};
    bool ok = buf_read_file(&b, elf, (size_t)256 << 20, e);
    if (ok && (b.len < 4 || memcmp(b.data, "\177ELF", 4)))
        ok = err_at(e, elf, 0, "is not an ELF file");
    if (ok && notes->build_id[0] && !force && !contains_id(&b, notes->build_id))
        ok = err_set(e, ERR_INPUT,
                     "the log is of build %.16s, which %s is not (--force takes it nevertheless)",
                     notes->build_id, elf);
    if (ok)
        data_sha256(b.data, b.len, r->run.elf_sha256);
    buf_free(&b);
    return ok;
}

bool import_identify(struct store *s, struct rows *r, const struct import_notes *notes,
                     const char *elf, bool force, struct err *e)
{
    if (!force && !same_file_there(s, r, e))
        return false;
    if (elf)
        return identity_from_elf(r, notes, elf, force, e);
    if (!notes->build_id[0])
        return true;
    struct table t;
    if (!store_query(s,
                     "SELECT elf_sha256, core, network, platform, width, shape, wbits, abits, "
                     "quant, json_extract(config_json, '$.build_id') AS build_id "
                     "FROM run WHERE kind = 'iss' AND build_id IS NOT NULL ORDER BY id DESC",
                     0, 0, &t, e))
        return false;
    bool ok = true;
    size_t i = 0;
    while (i < t.nrow && strcmp(table_at(&t, i, "build_id")->text, notes->build_id))
        i++;
    if (i < t.nrow) {
        snprintf(r->run.elf_sha256, sizeof r->run.elf_sha256, "%.64s",
                 table_at(&t, i, "elf_sha256")->text);
        if (!r->run.network[0])
            snprintf(r->run.network, sizeof r->run.network, "%.63s",
                     table_at(&t, i, "network")->text);
        store_variant(&t, i, &r->run);
    } else if (t.nrow && !force) {
        ok = err_set(e, ERR_INPUT,
                     "the log is of build %.16s, the newest simulated run of build %.16s (--force "
                     "takes it nevertheless, "
                     "--elf F.elf names its ELF)",
                     notes->build_id, table_at(&t, 0, "build_id")->text);
    }
    table_free(&t);
    return ok;
}
