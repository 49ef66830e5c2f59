#include "reports/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "reports/report.h"

static const struct stall {
    const char *cause, *is, *helps;
} stalls[] = {
#define STALL(cause, is, helps) {cause, is, helps},
#include "reports/stalls.def"
#undef STALL
};

static const struct stall *find(const char *cause)
{
    static const struct stall other = {"", "", ""};
    for (size_t i = 0; i < sizeof stalls / sizeof *stalls; i++)
        if (!strcmp(stalls[i].cause, cause))
            return &stalls[i];
    return &other;
}

void summary_stalls(cJSON *in)
{
    for (size_t i = 0; i < sizeof stalls / sizeof *stalls; i++) {
        cJSON *o = json_object(in, NULL);
        json_text(o, "cause", stalls[i].cause);
        json_text(o, "is", stalls[i].is);
        json_text(o, "helps", stalls[i].helps);
    }
}

/* A line of the summary: its label, and a text that goes on below itself where it is longer than a
 * line. */
static void line(struct buf *out, const char *label, const struct buf *text)
{
    enum { LABEL = 17, COLUMNS = 100 };
    struct buf safe = {0};
    escape_text(&safe, buf_text(text));
    const char *p = buf_text(&safe);
    for (bool first = true; *p; first = false) {
        size_t n = strlen(p);
        if (n > COLUMNS - LABEL) {
            n = COLUMNS - LABEL;
            while (n && p[n] != ' ')
                n--;
            if (!n)
                n = strcspn(p, " ");
        }
        buf_printf(out, "%-*s%.*s\n", LABEL, first ? label : "", (int)n, p);
        p += n;
        p += strspn(p, " ");
    }
    buf_free(&safe);
}

static void bytes_of(struct buf *b, const struct table *t, const char *used, const char *all)
{
    const struct cell *u = table_at(t, 0, used), *a = table_at(t, 0, all);
    buf_printf(b, "%" PRId64 " bytes", u->i);
    if (a->i > 0)
        buf_printf(b, ", %.1f %% of the %" PRId64 " there are", 100.0 * u->r / a->r, a->i);
}

static void title(struct buf *out, const struct table *t)
{
    struct buf b = {0};
    const char *network = table_at(t, 0, "network")->text, *core = table_at(t, 0, "core")->text;
    buf_printf(&b, "%s%s%s", *network ? network : "a program",
               *table_at(t, 0, "variant")->text ? ", " : "", table_at(t, 0, "variant")->text);
    line(out, "what", &b);
    b.len = 0;
    buf_printf(&b, "%s%s%s%s at %.10g MHz", table_at(t, 0, "platform")->text, *core ? " (" : "",
               core, *core ? ")" : "", table_at(t, 0, "clock_hz")->r * 1e-6);
    if (table_at(t, 0, "clock_override")->i)
        buf_printf(&b, ", by --clock: the firmware set %.10g MHz",
                   table_at(t, 0, "firmware_hz")->r * 1e-6);
    if (table_at(t, 0, "wait_states_needed")->type != CELL_NULL)
        buf_printf(&b, "; NOT POSSIBLE with its %" PRId64 " flash wait states",
                   table_at(t, 0, "wait_states")->i);
    line(out, "where", &b);
    buf_free(&b);
}

static void latency(struct buf *out, const struct table *t)
{
    struct buf b = {0};
    double seconds = table_at(t, 0, "inference_seconds")->r;
    bool layers = table_at(t, 0, "layers")->i > 0;
    const struct cell *error = table_at(t, 0, "cycles_error_percent");
    if (seconds > 0) {
        buf_printf(&b, "%.3f ms", seconds * 1e3);
        if (error->type != CELL_NULL)
            buf_printf(&b, " +-%.1f %%", error->r);
        if (layers)
            buf_printf(&b, " an inference, %.2f inferences/s", 1 / seconds);
        buf_printf(&b, ", %" PRId64 " cycles", table_at(t, 0, "inference_cycles")->i);
        if (layers && table_at(t, 0, "macs")->i > 0)
            buf_printf(&b, ", %.3f a MAC",
                       table_at(t, 0, "inference_cycles")->r / table_at(t, 0, "macs")->r);
    } else {
        buf_str(&b, "not known");
    }
    line(out, "latency", &b);
    buf_free(&b);
}

/* How far measured programs vouch for the cycles. */
static void evidence(struct buf *out, const struct table *t)
{
    struct buf b = {0};
    const struct cell *error = table_at(t, 0, "cycles_error_percent"),
                      *without = table_at(t, 0, "unvalidated_percent");
    if (without->type == CELL_NULL)
        return;
    if (error->type != CELL_NULL)
        buf_printf(&b, "+-%.1f %% by %" PRId64 " measured figures of %s", error->r,
                   table_at(t, 0, "cycles_error_rows")->i,
                   table_at(t, 0, "cycles_error_code")->text);
    else
        buf_str(&b, "error not known");
    if (without->r >= 1) {
        const char *why = table_at(t, 0, "unvalidated")->text;
        size_t first = strcspn(why, ";");
        buf_printf(&b, "%s %.0f %%%s%.*s%s",
                   error->type != CELL_NULL ? "; none for" : ", no figure for", without->r,
                   *why ? ": " : "", (int)first, why, why[first] ? ", ..." : "");
    }
    line(out, "evidence", &b);
    buf_free(&b);
}

static void energy(struct buf *out, const struct table *t)
{
    struct buf b = {0};
    const struct cell *e = table_at(t, 0, "inference_energy_uj"),
                      *low = table_at(t, 0, "inference_energy_uj_low"),
                      *high = table_at(t, 0, "inference_energy_uj_high");
    const char *supply = table_at(t, 0, "supply")->text,
               *source = table_at(t, 0, "energy_source")->text;
    if (e->type == CELL_NULL) {
        buf_str(&b, "not known");
    } else {
        buf_printf(&b, "%.3f mJ", e->r * 1e-3);
        if (low->type != CELL_NULL)
            buf_printf(&b, " (%.3f to %.3f)", low->r * 1e-3, high->r * 1e-3);
        else
            buf_str(&b, " (no band known)");
        if (*supply)
            buf_printf(&b, ", supply %s", supply);
        buf_printf(&b, "; %s%.150s", strncmp(source, "assumed", 7) ? "source " : "", source);
    }
    line(out, "energy", &b);
    buf_free(&b);
}

static void memory(struct buf *out, const struct table *t)
{
    struct buf b = {0};
    if (table_at(t, 0, "peak_sram_bytes")->type != CELL_NULL) {
        bytes_of(&b, t, "peak_sram_bytes", "board_sram_bytes");
        buf_printf(&b, ": %s", table_at(t, 0, "parts")->text);
        line(out, "SRAM", &b);
    }
    b.len = 0;
    if (table_at(t, 0, "flash_bytes")->type != CELL_NULL) {
        bytes_of(&b, t, "flash_bytes", "board_flash_bytes");
        line(out, "flash", &b);
    }
    b.len = 0;
    if (table_at(t, 0, "onchip_bytes")->type != CELL_NULL) {
        buf_printf(&b, "%" PRId64 " bytes on chip", table_at(t, 0, "onchip_bytes")->i);
        line(out, "memory", &b);
    }
    b.len = 0;
    if (table_at(t, 0, "unfit")->type != CELL_NULL) {
        buf_printf(&b, "NO: %s. Every number here is of a device with room for it",
                   table_at(t, 0, "unfit")->text);
        line(out, "fits", &b);
    }
    b.len = 0;
    if (table_at(t, 0, "top1")->type != CELL_NULL) {
        buf_printf(&b, "%" PRId64, (int64_t)table_at(t, 0, "top1")->r);
        line(out, "class", &b);
    }
    buf_free(&b);
}

static void most(struct buf *out, const struct table *layers, const struct table *causes)
{
    struct buf b = {0};
    for (size_t i = 0; i < layers->nrow; i++)
        buf_printf(&b, "%s%s %.1f %%", i ? ", " : "", table_at(layers, i, "name")->text,
                   table_at(layers, i, "percent")->r);
    if (layers->nrow)
        line(out, "most time in", &b);
    b.len = 0;
    for (size_t i = 0; i < causes->nrow && i < 6; i++)
        buf_printf(&b, "%s%s %.1f %%", i ? ", " : "", table_at(causes, i, "cause")->text,
                   table_at(causes, i, "percent")->r);
    if (causes->nrow)
        line(out, "cycles by cause", &b);
    b.len = 0;
    for (size_t i = 0; i < causes->nrow; i++) {
        const struct stall *s = find(table_at(causes, i, "cause")->text);
        if (!*s->helps)
            continue;
        buf_printf(&b, "%s, %.1f %%: %s. What helps: %s", s->cause,
                   table_at(causes, i, "percent")->r, s->is, s->helps);
        line(out, "largest stall", &b);
        break;
    }
    buf_free(&b);
}

static void basis(struct buf *out, const struct table *t)
{
    struct buf b = {0};
    buf_printf(&b, "%" PRId64 " costs, %" PRId64 " of them assumed", table_at(t, 0, "costs")->i,
               table_at(t, 0, "assumed")->i);
    if (table_at(t, 0, "calibrated")->i)
        buf_printf(&b, ", %" PRId64 " calibrated", table_at(t, 0, "calibrated")->i);
    buf_printf(&b, "; etinysim %s", table_at(t, 0, "tool_version")->text);
    if (*table_at(t, 0, "elf_sha256")->text)
        buf_printf(&b, ", ELF %.12s", table_at(t, 0, "elf_sha256")->text);
    line(out, "rests on", &b);
    buf_free(&b);
}

bool summary_text(struct store *s, int64_t run, struct buf *out, struct err *e)
{
    struct table t = {0}, layers = {0}, causes = {0};
    bool ok = report_query(s, "summary", run, &t, e) &&
              report_query(s, "summary-layers", run, &layers, e) &&
              report_query(s, "summary-stalls", run, &causes, e);
    if (ok && !t.nrow)
        ok = err_set(e, ERR_INPUT, "%s: holds no run %" PRId64, store_path(s), run);
    if (ok) {
        title(out, &t);
        latency(out, &t);
        evidence(out, &t);
        energy(out, &t);
        memory(out, &t);
        most(out, &layers, &causes);
        basis(out, &t);
    }
    table_free(&causes);
    table_free(&layers);
    table_free(&t);
    return ok && (!out->failed || err_nomem(e));
}
