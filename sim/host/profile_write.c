#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/json.h"
#include "sim/host/profile.h"
#include "sim/host/profile_data.h"

struct writer {
    struct profile *p;
    struct buf *out;
    double us; /* microseconds per cycle */
    profile_text *text;
    void *self;
    size_t events; /* of a trace, written so far */
};

static int line_of(const struct profile *p, uint32_t addr)
{
    const struct source_line *l = lines_find(p->lines, addr);
    return l ? l->line : 0;
}

static const char *file_of(const struct profile *p, uint32_t addr)
{
    const struct source_line *l = lines_find(p->lines, addr);
    return l ? l->file : "???";
}

static int by_addr(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* The counted instructions in address order; *n of them. The caller frees. */
static struct count *sorted(const struct profile *p, size_t *n)
{
    struct count *list = calloc(p->ncount + 1, sizeof *list);
    *n = 0;
    for (size_t i = 0; list && i < p->cap_count; i++)
        if (p->count[i].size)
            list[(*n)++] = p->count[i];
    if (list)
        qsort(list, *n, sizeof *list, by_addr);
    return list;
}

/* A name that holds none of the characters a format gives a meaning. */
static void add_name(struct writer *w, int fn, const char *forbidden)
{
    char text[16];
    for (const char *s = profile_fn_name(w->p, fn, text); *s; s++) {
        char c = strchr(forbidden, *s) || (unsigned char)*s < ' ' ? '_' : *s;
        buf_add(w->out, &c, 1);
    }
}

/* stack;stack;function cycles */
static void folded(struct writer *w)
{
    const struct profile *p = w->p;
    for (size_t i = 1; i < p->ntree; i++) {
        if (!p->tree[i].cycles)
            continue;
        int path[64], n = 0;
        for (int t = (int)i; t > 0 && n < 64; t = p->tree[t].parent)
            path[n++] = p->tree[t].fn;
        while (n-- > 0) {
            add_name(w, path[n], "; ");
            buf_str(w->out, n ? ";" : " ");
        }
        buf_printf(w->out, "%" PRIu64 "\n", p->tree[i].cycles);
    }
    if (p->asleep)
        buf_printf(w->out, "(asleep) %" PRIu64 "\n", p->asleep);
}

struct call_line { /* calls from one instruction to one function */
    uint32_t site;
    int fn;
    uint64_t calls, cycles, instructions;
};

static int by_site(const void *a, const void *b)
{
    const struct call_line *x = a, *y = b;
    return x->site != y->site ? (x->site < y->site ? -1 : 1) : x->fn - y->fn;
}

static struct call_line *call_lines(const struct profile *p, size_t *n)
{
    struct call_line *list = calloc(p->ntree + 1, sizeof *list);
    *n = 0;
    for (size_t i = 1; list && i < p->ntree; i++) {
        const struct tree *t = &p->tree[i];
        if (!t->site)
            continue;
        bool again = false; /* recursion through the same call: its cycles are in the outer one */
        for (int up = t->parent; up > 0 && !again; up = p->tree[up].parent)
            again = p->tree[up].site == t->site && p->tree[up].fn == t->fn;
        list[(*n)++] = (struct call_line){t->site, t->fn, t->calls, again ? 0 : t->inclusive,
                                          again ? 0 : t->inclusive_insn};
    }
    if (!list)
        return NULL;
    qsort(list, *n, sizeof *list, by_site);
    size_t m = 0;
    for (size_t i = 0; i < *n; i++) {
        if (m && by_site(&list[m - 1], &list[i]) == 0) {
            list[m - 1].calls += list[i].calls;
            list[m - 1].cycles += list[i].cycles;
            list[m - 1].instructions += list[i].instructions;
        } else {
            list[m++] = list[i];
        }
    }
    *n = m;
    return list;
}

/* The callgrind format, version 1: positions "instr line", so that viewers show source and
 * disassembly. */
static bool callgrind(struct writer *w, struct err *e)
{
    const struct profile *p = w->p;
    size_t n, ncalls;
    struct count *list = sorted(p, &n);
    struct call_line *calls = call_lines(p, &ncalls);
    if (!list || !calls) {
        free(list);
        free(calls);
        return err_nomem(e);
    }
    uint64_t cycles = 0, runs = 0;
    for (size_t i = 0; i < n; i++) {
        cycles += list[i].cycles;
        runs += list[i].runs;
    }
    buf_printf(w->out,
               "# callgrind format\nversion: 1\ncreator: etinysim %s\ncmd: %s\npositions: instr "
               "line\nevents: Cycles Instructions\n"
               "summary: %" PRIu64 " %" PRIu64 "\n\nob=%s\n",
               ETINYSIM_VERSION, p->path, cycles, runs, p->path);
    int fn = -1;
    size_t c = 0;
    for (size_t i = 0; i < n; i++) {
        const struct count *k = &list[i];
        size_t lo = 1, hi = p->nfn; /* functions are sorted by address, as the list is */
        while (lo < hi) {
            size_t mid = (lo + hi) / 2;
            if (p->fn[mid].addr <= k->addr)
                lo = mid + 1;
            else
                hi = mid;
        }
        int f = lo > 1 && k->addr - p->fn[lo - 1].addr < p->fn[lo - 1].size ? (int)lo - 1 : 0;
        if (f != fn) {
            fn = f;
            buf_printf(w->out, "\nfl=%s\nfn=", file_of(p, k->addr));
            add_name(w, fn, "");
            buf_str(w->out, "\n");
        }
        const char *file = file_of(p, k->addr), *own = file_of(p, p->fn[fn].addr);
        if (fn && strcmp(file, own))
            buf_printf(w->out, "fi=%s\n", file); /* inlined from elsewhere */
        buf_printf(w->out, "0x%x %d %" PRIu64 " %" PRIu64 "\n", k->addr, line_of(p, k->addr),
                   k->cycles, k->runs);
        while (c < ncalls && calls[c].site < k->addr)
            c++;
        for (; c < ncalls && calls[c].site == k->addr; c++) {
            uint32_t to = p->fn[calls[c].fn].addr;
            buf_printf(w->out, "cfi=%s\ncfn=", file_of(p, to));
            add_name(w, calls[c].fn, "");
            buf_printf(w->out, "\ncalls=%" PRIu64 " 0x%x %d\n0x%x %d %" PRIu64 " %" PRIu64 "\n",
                       calls[c].calls, to, line_of(p, to), k->addr, line_of(p, k->addr),
                       calls[c].cycles, calls[c].instructions);
        }
        if (fn && strcmp(file, own))
            buf_printf(w->out, "fe=%s\n", own);
    }
    free(list);
    free(calls);
    return true;
}

/* ---- Chrome's trace event format, which Perfetto reads too ----
 *
 * A profile may hold a million events, so each is built and printed by itself. */

/* `phase`: B and E begin and end a call, C gives a counter, M names a thread. */
static cJSON *event(char phase)
{
    const char text[] = {phase, '\0'};
    cJSON *o = json_root();
    json_text(o, "ph", text);
    json_int(o, "pid", 1);
    return o;
}

/* One more of the events, in a line of its own. */
static void put_event(struct writer *w, cJSON *o)
{
    buf_str(w->out, w->events++ ? ",\n" : "\n");
    json_print(o, JSON_COMPACT, w->out);
}

static void put_name(struct writer *w, const char *what, size_t thread, const char *name)
{
    cJSON *o = event('M');
    if (!strcmp(what, "thread_name"))
        json_uint(o, "tid", thread);
    json_text(o, "name", what);
    json_text(json_object(o, "args"), "name", name);
    put_event(w, o);
}

static void put_end(struct writer *w, size_t thread, double at)
{
    cJSON *o = event('E');
    json_uint(o, "tid", thread);
    json_number(o, "ts", "%.4f", at);
    put_event(w, o);
}

static void put_begin(struct writer *w, const struct trace_event *t, double at)
{
    char text[16];
    cJSON *o = event('B');
    json_uint(o, "tid", t->stack);
    json_number(o, "ts", "%.4f", at);
    json_text(o, "cat", t->stack ? "function" : "interrupt");
    json_text(o, "name", profile_fn_name(w->p, t->fn, text));
    put_event(w, o);
}

static cJSON *counter(const char *name, double at)
{
    cJSON *o = event('C');
    json_number(o, "ts", "%.4f", at);
    json_text(o, "name", name);
    return o;
}

static void put_stack_pointer(struct writer *w, const struct trace_event *t, double at)
{
    char name[40];
    snprintf(name, sizeof name, "SRAM: stack pointer %u", t->stack);
    cJSON *o = counter(name, at);
    json_uint(json_object(o, "args"), "address", t->value);
    put_event(w, o);
}

/* Bytes of SRAM read and written in each column of the memory map. */
static void put_traffic(struct writer *w)
{
    const struct profile *p = w->p;
    for (int c = 0; p->map && c < MAP_COLUMNS && (uint64_t)c * p->map_step <= p->now; c++) {
        uint64_t reads = 0, writes = 0;
        for (int r = 0; r < MAP_ROWS; r++) {
            reads += p->map[(size_t)r * MAP_COLUMNS + (size_t)c].reads;
            writes += p->map[(size_t)r * MAP_COLUMNS + (size_t)c].writes;
        }
        cJSON *o = counter("SRAM: bytes", (double)((uint64_t)c * p->map_step) * w->us);
        cJSON *args = json_object(o, "args");
        json_uint(args, "read", reads);
        json_uint(args, "written", writes);
        put_event(w, o);
    }
}

static void trace(struct writer *w)
{
    const struct profile *p = w->p;
    size_t *depth = calloc(p->nstack, sizeof *depth);
    cJSON *document = json_root(), *rest = json_root();
    json_text(document, "displayTimeUnit", "ns");
    json_array(document, "traceEvents");
    json_bool(json_object(rest, "otherData"), "complete", !p->trace_full);
    json_print(document, JSON_COMPACT, w->out);
    /* The events go between the brackets at the end of the document, which is closed again
     * below. */
    if (w->out->len > 2 && !w->out->failed)
        w->out->len -= 2;
    put_name(w, "process_name", 0, "guest");
    for (size_t i = 0; i < p->nstack; i++) {
        char name[40];
        snprintf(name, sizeof name, "%s %zu", i ? "stack" : "handlers", i);
        put_name(w, "thread_name", i, name);
    }
    for (size_t i = 0; i < p->nevent; i++) {
        const struct trace_event *t = &p->event[i];
        double at = (double)t->at * w->us;
        if (t->fn == -2)
            put_stack_pointer(w, t, at);
        else if (t->fn == -1)
            put_end(w, t->stack, at);
        else
            put_begin(w, t, at);
        if (depth && t->fn != -2)
            depth[t->stack] = t->fn >= 0        ? depth[t->stack] + 1
                              : depth[t->stack] ? depth[t->stack] - 1
                                                : 0;
    }
    for (size_t s = 0; depth && s < p->nstack; s++) /* what was open at the end */
        for (size_t k = 0; k < depth[s]; k++)
            put_end(w, s, (double)p->now * w->us);
    put_traffic(w);
    struct buf end = {0};
    json_print(rest, JSON_COMPACT, &end);
    buf_printf(w->out, "\n],%s\n", buf_text(&end) + 1);
    w->out->failed = w->out->failed || end.failed;
    buf_free(&end);
    free(depth);
}

struct line_count {
    const char *file;
    int line, fn;
    uint64_t runs;
};

static int by_line(const void *a, const void *b)
{
    const struct line_count *x = a, *y = b;
    int f = strcmp(x->file, y->file);
    return f ? f : x->line != y->line ? (x->line < y->line ? -1 : 1) : 0;
}

/* lcov's tracefile: a line ran as often as the busiest instruction it made. */
static bool lcov(struct writer *w, struct err *e)
{
    struct profile *p = w->p;
    size_t n = 0, nlines = p->lines ? p->lines->n : 0;
    struct line_count *list = calloc(nlines + 1, sizeof *list);
    if (!list)
        return err_nomem(e);
    for (size_t i = 0; i < nlines; i++) {
        const struct source_line *l = &p->lines->row[i];
        if (l->addr >= l->end || l->addr == 0)
            continue;
        uint64_t runs = 0;
        for (uint32_t a = l->addr; a < l->end && a < l->addr + 4096; a += 2) {
            struct count *c = profile_count(p, a);
            if (c->size && c->runs > runs)
                runs = c->runs;
        }
        list[n++] = (struct line_count){l->file, l->line, 0, runs};
    }
    qsort(list, n, sizeof *list, by_line);
    for (size_t i = 0; i < n;) {
        size_t j = i;
        uint64_t hit = 0, found = 0, fns = 0, fnhit = 0;
        buf_printf(w->out, "TN:\nSF:%s\n", list[i].file);
        for (size_t f = 1; f < p->nfn; f++) {
            const struct source_line *l = lines_find(p->lines, p->fn[f].addr);
            if (!l || strcmp(l->file, list[i].file))
                continue;
            uint64_t calls = profile_count(p, p->fn[f].addr)->runs;
            fns++;
            fnhit += calls != 0;
            buf_printf(w->out, "FN:%d,", l->line);
            add_name(w, (int)f, ",");
            buf_printf(w->out, "\nFNDA:%" PRIu64 ",", calls);
            add_name(w, (int)f, ",");
            buf_str(w->out, "\n");
        }
        buf_printf(w->out, "FNF:%" PRIu64 "\nFNH:%" PRIu64 "\n", fns, fnhit);
        while (j < n && !strcmp(list[j].file, list[i].file)) {
            uint64_t runs = 0;
            size_t k = j;
            for (; k < n && by_line(&list[k], &list[j]) == 0; k++)
                if (list[k].runs > runs)
                    runs = list[k].runs;
            buf_printf(w->out, "DA:%d,%" PRIu64 "\n", list[j].line, runs);
            found++;
            hit += runs != 0;
            j = k;
        }
        buf_printf(w->out, "LF:%" PRIu64 "\nLH:%" PRIu64 "\nend_of_record\n", found, hit);
        i = j;
    }
    free(list);
    return true;
}

/* address, times run, cycles, instruction; a source position where it changes */
static bool annotate(struct writer *w, struct err *e)
{
    const struct profile *p = w->p;
    size_t n;
    struct count *list = sorted(p, &n);
    if (!list)
        return err_nomem(e);
    const struct source_line *before = NULL;
    size_t fn = 0;
    buf_str(w->out, "#       runs       cycles  address   instruction (waits for memory stand with "
                    "the first instruction of a block)\n");
    for (size_t i = 0; i < n; i++) {
        while (fn + 1 < p->nfn && p->fn[fn + 1].addr <= list[i].addr) {
            fn++;
            if (list[i].addr - p->fn[fn].addr < p->fn[fn].size)
                buf_printf(w->out, "\n%s:\n",
                           p->fn[fn].plain  ? p->fn[fn].plain
                           : p->fn[fn].name ? p->fn[fn].name
                                            : "?");
        }
        const struct source_line *l = lines_find(p->lines, list[i].addr);
        if (l && (!before || l->line != before->line || strcmp(l->file, before->file)))
            buf_printf(w->out, "%s:%d\n", l->file, l->line);
        before = l;
        char text[96] = "";
        if (w->text)
            w->text(w->self, list[i].addr, list[i].size, text, sizeof text);
        buf_printf(w->out, "%12" PRIu64 " %12" PRIu64 "  %8x  %s\n", list[i].runs, list[i].cycles,
                   list[i].addr, text);
    }
    free(list);
    return true;
}

static int by_key(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* One row per kilobyte that was touched, one column per step of time: bytes read and written,
 * tab-separated. */
static bool map(struct writer *w, struct err *e)
{
    const struct profile *p = w->p;
    uint64_t *rows = calloc(MAP_ROWS, sizeof *rows);
    size_t n = 0;
    if (!rows)
        return err_nomem(e);
    for (uint64_t r = 0; r < MAP_ROWS; r++)
        if (p->map_row[r] != UINT32_MAX)
            rows[n++] = (uint64_t)p->map_row[r] << 32 | r;
    qsort(rows, n, sizeof *rows, by_key);
    buf_str(w->out, "address\tcycle\tread_bytes\twritten_bytes\n");
    for (size_t i = 0; i < n; i++)
        for (uint64_t c = 0; c < MAP_COLUMNS; c++) {
            const struct map_cell *m = p->map + (rows[i] & 0xffffffff) * MAP_COLUMNS + c;
            if (m->reads || m->writes)
                buf_printf(w->out, "0x%08" PRIx64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
                           rows[i] >> 32 << MAP_SHIFT, c * p->map_step, m->reads, m->writes);
        }
    free(rows);
    return true;
}

bool profile_write(struct profile *p, enum profile_kind kind, uint64_t clock_hz, profile_text *text,
                   void *self, struct buf *out, struct err *e)
{
    struct writer w = {.p = p,
                       .out = out,
                       .us = clock_hz ? 1e6 / (double)clock_hz : 1,
                       .text = text,
                       .self = self};
    bool ok = true;
    profile_sum(p);
    switch (kind) {
    case PROFILE_FOLDED: folded(&w); break;
    case PROFILE_CALLGRIND: ok = callgrind(&w, e); break;
    case PROFILE_TRACE: trace(&w); break;
    case PROFILE_LCOV: ok = lcov(&w, e); break;
    case PROFILE_ANNOTATE: ok = annotate(&w, e); break;
    case PROFILE_MAP: ok = !p->map || map(&w, e); break;
    case PROFILE_KINDS: break;
    }
    return ok && ((!out->failed && !p->failed) || err_nomem(e));
}

static int by_cycles(const void *a, const void *b)
{
    const struct fn *x = *(const struct fn *const *)a, *y = *(const struct fn *const *)b;
    return x->cycles != y->cycles ? (x->cycles > y->cycles ? -1 : 1) : x->addr < y->addr ? -1 : 1;
}

/* Each stack that code ran on: handler mode, the main program, threads by the function they began
 * with. */
static void threads(const struct profile *p, uint64_t total, struct buf *out)
{
    buf_printf(out, "\n%14s %6s  thread\n", "cycles", "share");
    for (size_t i = 0; i < p->nstack; i++) {
        const struct call_stack *s = &p->stack[i];
        char text[16], kind[40] = "interrupt handlers";
        if (i > 1)
            snprintf(kind, sizeof kind, "thread %zu", i - 1);
        if (s->cycles)
            buf_printf(out, "%14" PRIu64 " %5.1f%%  %s, from %s\n", s->cycles,
                       total ? 100.0 * (double)s->cycles / (double)total : 0,
                       i == 1 ? "before the first thread" : kind,
                       profile_fn_name(p, s->first, text));
    }
}

bool profile_hot(struct profile *p, int n, struct buf *out, struct err *e)
{
    const struct fn **list = calloc(p->nfn + 1, sizeof *list);
    if (!list)
        return err_nomem(e);
    profile_sum(p);
    uint64_t total = p->tree[0].inclusive, instructions = 0;
    for (size_t i = 0; i < p->nfn; i++) {
        list[i] = &p->fn[i];
        instructions += p->fn[i].instructions;
    }
    qsort(list, p->nfn, sizeof *list, by_cycles);
    buf_printf(out, "%14s %6s %14s %14s %10s  function\n", "cycles", "share", "inclusive",
               "instructions", "calls");
    for (int i = 0; i < n && (size_t)i < p->nfn && list[i]->cycles; i++) {
        const struct fn *f = list[i];
        char text[16];
        buf_printf(out, "%14" PRIu64 " %5.1f%% %14" PRIu64 " %14" PRIu64 " %10" PRIu64 "  %s\n",
                   f->cycles, total ? 100.0 * (double)f->cycles / (double)total : 0, f->inclusive,
                   f->instructions, f->calls, profile_fn_name(p, (int)(f - p->fn), text));
    }
    buf_printf(out, "%14" PRIu64 " %5.1f%% %14s %14" PRIu64 " %10s  total\n", total, 100.0, "",
               instructions, "");
    if (p->nstack > 2)
        threads(p, total, out);
    free(list);
    return !out->failed || err_nomem(e);
}
