#include "study/sweep/share.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "study/target.h"
#include "reports/store.h"
#include "sim/machine.h"
#include "workloads/emit/emit.h"
#include "workloads/kernels/kernel.h"

/* A layer that takes the same code over the same shape on the same board takes the same time, in
 * whatever network it stands. Each distinct one is timed once, in a program that runs many of them
 * one after another, and a point is put together from its layers' counts. What differs from a run
 * of the whole network: what the layer before left in the caches, the addresses of code and data,
 * and the values. docs/sweep.md has the bound and the measured residual. */

enum { BUCKETS = 8192, MOST_LAYERS = 1024 /* of one program */, BENCH_IMAGE = 16 };

struct timing { /* a distinct layer */
    char key[65];
    struct layer layer, pool;
    struct plan_step step;
    size_t group, next;
    uint8_t wbits;
    bool channels;    /* constants as calibration images give them: of each channel */
    char *value;      /* its counts as text: see remember(); NULL while unknown */
    char reason[256]; /* why it could not be timed */
};

struct group { /* layers that one program may hold */
    char board[64], kernels[16];
    uint64_t clock_hz;
    bool arena_fast; /* as in struct plan */
    struct target target;
    char digest[65];
};

struct recipe_step {
    size_t timing;
    char name[48];
    enum op op;
    uint64_t macs, params;
};

struct recipe { /* of one point */
    size_t item, group;
    int wbits;
    struct recipe_step *step;
    size_t nsteps;
    enum plan_kind plan;
    int input;
    char shape[24]; /* of the input, height x width x channels */
    double width;
    enum quantiser quantiser;
    char network[64];
    uint64_t arena_bytes, fast_bytes, weight_bytes;
    enum point_state state; /* POINT_DONE, or why there is nothing to put together */
    char reason[512];
};

struct share {
    const struct spec *spec;
    struct store *store;
    struct timing *timing;
    size_t ntimings, cap_timings, bucket[BUCKETS];
    struct group *group;
    size_t ngroups, cap_groups;
    struct recipe *recipe;
    size_t nrecipes;
    size_t (*job)[2]; /* slices of `order` */
    size_t *order, njobs;
};

static size_t *bucket_of(struct share *s, const char *key)
{
    char head[9] = {0};
    memcpy(head, key, 8);
    return &s->bucket[strtoul(head, NULL, 16) % BUCKETS];
}

/* Index + 1 of the timing with this key, 0 = none. */
static size_t find_timing(struct share *s, const char *key)
{
    size_t i = *bucket_of(s, key);
    while (i && strcmp(s->timing[i - 1].key, key))
        i = s->timing[i - 1].next;
    return i;
}

static bool find_group(struct share *s, struct keys *keys, const struct sweep_point *p,
                       bool arena_fast, size_t *out, struct err *e)
{
    const char *board = point_get(p, "board", ""), *kernels = point_get(p, "kernels", "fast");
    uint64_t clock_hz = strtoull(point_get(p, "clock", "0"), NULL, 10);
    for (*out = 0; *out < s->ngroups; ++*out) {
        const struct group *g = &s->group[*out];
        if (!strcmp(g->board, board) && !strcmp(g->kernels, kernels) && g->clock_hz == clock_hz &&
            g->arena_fast == arena_fast)
            return true;
    }
    struct group *more = buf_grow(s->group, s->ngroups, &s->cap_groups, sizeof *more);
    if (!more)
        return err_nomem(e);
    s->group = more;
    struct group *g = &more[s->ngroups++];
    *g = (struct group){.clock_hz = clock_hz, .arena_fast = arena_fast};
    snprintf(g->board, sizeof g->board, "%s", board);
    snprintf(g->kernels, sizeof g->kernels, "%s", kernels);
    return target_load(&g->target, board, e) && keys_machine(keys, p, g->digest, e);
}

/* What decides a layer's cycles, as far as sharing goes: of the addresses their alignment, and the
 * memory of the scratch. */
static void key_text(const struct group *g, int wbits, bool channels, const struct layer *l,
                     const struct layer *pool, const struct plan_step *st, char key[65])
{
    struct buf t = {0};
    const struct layer *o = pool ? pool : l;
    buf_printf(&t, "layer 1 %s %s %d %" PRIu64 "\n", g->digest, g->kernels, l->weights ? wbits : 0,
               g->clock_hz);
    buf_printf(&t, "%s %d %d %d %d %d %d %d %d %d %d %d %d %d\n", op_name(l->op), l->in_h, l->in_w,
               l->in_c, o->out_h, o->out_w, o->out_c, l->kernel, l->stride, l->pad, (int)l->act,
               l->bn && l->bn_after_act, l->bias, pool != NULL);
    buf_printf(&t, "%d %d %d %d %d %d %" PRIu64 "\n", (int)st->kernel, l->kernel_x, l->stride_x,
               l->pad_x, l->groups, l->first, l->in_bytes);
    buf_printf(&t, "%d %d %u %u %u %u %u\n", st->tile, st->fast, st->in_at[0] % 4, st->in_at[1] % 4,
               st->out_at % 4, st->scratch, st->scratch_at % 4);
    if (channels)
        buf_str(&t, "channels\n");
    if (g->arena_fast)
        buf_str(&t, "arena fast\n");
    data_sha256(buf_text(&t), t.len, key);
    buf_free(&t);
}

static bool add_step(struct share *s, struct recipe *r, const struct network *net,
                     const struct plan_step *st, struct err *e)
{
    const struct layer *l = &net->layer[st->layer],
                       *pool = st->pool >= 0 ? &net->layer[st->pool] : NULL;
    char key[65];
    bool channels = s->spec->calibrate && !net->tflite;
    key_text(&s->group[r->group], r->wbits, channels, l, pool, st, key);
    size_t at = find_timing(s, key);
    if (!at) {
        struct timing *more = buf_grow(s->timing, s->ntimings, &s->cap_timings, sizeof *more);
        if (!more)
            return err_nomem(e);
        s->timing = more;
        struct timing *t = &more[s->ntimings++];
        *t = (struct timing){.layer = *l,
                             .step = *st,
                             .group = r->group,
                             .wbits = (uint8_t)r->wbits,
                             .channels = channels,
                             .next = *bucket_of(s, key)};
        if (pool)
            t->pool = *pool;
        strcpy(t->key, key);
        at = *bucket_of(s, key) = s->ntimings;
    }
    struct recipe_step *x = &r->step[r->nsteps++];
    *x = (struct recipe_step){.timing = at - 1, .op = l->op, .macs = l->macs, .params = l->params};
    snprintf(x->name, sizeof x->name, "%s", l->name);
    return true;
}

/* False only when the sweep cannot go on; a point that does not fit is a result. */
static bool add_recipe(struct share *s, struct keys *keys, size_t item, struct err *e)
{
    struct recipe *r = &s->recipe[s->nrecipes++];
    struct sweep_point p;
    struct err inner = {0};
    struct build_result report;
    *r = (struct recipe){.item = item};
    spec_point(s->spec, item, &p);
    struct network *net = point_network(&p, &inner);
    struct plan *plan = NULL;
    bool ok = true;
    if (net && net->detector)
        err_set(&inner, ERR_INPUT,
                "%s: a detector's post-processing is no layer to share, expected layers: whole",
                net->name);
    if (net && !inner.code && point_check(&p, &inner)) {
        struct build_options o;
        point_options(&p, &o);
        o.channels = s->spec->calibrate && !net->tflite;
        r->plan = o.plan;
        r->wbits = (int)strtol(point_get(&p, "wbits", "8"), NULL, 10);
        r->input = net->in_h;
        snprintf(r->shape, sizeof r->shape, "%dx%dx%d", net->in_h, net->in_w, net->in_c);
        r->width = net->width;
        r->quantiser = point_quantiser(&p);
        snprintf(r->network, sizeof r->network, "%s", net->name);
        ok = find_group(s, keys, &p, false, &r->group, e);
        const struct group *g = &s->group[r->group];
        if (ok && firmware_fits(net, r->wbits, &g->target, &o, 0, &report, &inner))
            plan = firmware_plan(net, &g->target, &o, &report, &inner);
        if (plan && plan->arena_fast) {
            ok = find_group(s, keys, &p, true, &r->group, e);
            g = &s->group[r->group];
        }
        if (plan && ok) {
            r->arena_bytes = plan->arena_bytes;
            r->fast_bytes = plan->fast_bytes;
            firmware_fits(net, r->wbits, &g->target, &o, 0, &report, &inner);
            r->weight_bytes = report.weight_bytes + report.table_bytes;
            r->step = calloc((size_t)plan->nsteps, sizeof *r->step);
            ok = r->step || err_nomem(e);
            for (int i = 0; ok && i < plan->nsteps; i++)
                ok = add_step(s, r, net, &plan->step[i], e);
        }
    }
    if (inner.code == ERR_ENV) {
        ok = err_set(e, ERR_ENV, "%s", inner.msg);
    } else if (inner.code) {
        r->state = inner.code == ERR_CHECK || inner.code == ERR_INPUT ? POINT_UNFIT : POINT_FAILED;
        snprintf(r->reason, sizeof r->reason, "%s", inner.msg);
    }
    plan_free(plan);
    network_free(net);
    return ok;
}

/* Counts that the database has from earlier. */
static bool recall(struct share *s, struct err *e)
{
    struct table t = {0};
    if (!store_query(s->store, "SELECT key, value FROM memo", 0, 0, &t, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < t.nrow; i++) {
        size_t at = find_timing(s, table_at(&t, i, "key")->text);
        if (at && !s->timing[at - 1].value)
            ok = (s->timing[at - 1].value = strdup(table_at(&t, i, "value")->text)) || err_nomem(e);
    }
    table_free(&t);
    return ok;
}

/* Bytes of the arena that a layer's maps and scratch reach. */
static uint32_t reach_of(const struct timing *t)
{
    const struct plan_step *st = &t->step;
    uint64_t ends[] = {st->in_at[0] + t->layer.in_bytes, st->in_at[1] + t->layer.in_bytes,
                       (uint64_t)st->out_at + st->bytes,
                       st->fast ? 0 : (uint64_t)st->scratch_at + st->scratch, BENCH_IMAGE};
    uint64_t most = 0;
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
        most = ends[k] > most ? ends[k] : most;
    return (uint32_t)(most + 7) & ~7u;
}

/* How many of these layers one program holds: all, but where the arena lies in fast memory only as
 * many as have room there with the largest scratch among them and the counters of each. */
static size_t hold(const struct share *s, const struct group *g, const size_t *order, size_t n)
{
    enum { STACK = 2048, DATA = 512 + 12, OF_EACH = 24, SLACK = 64 };
    uint64_t arena = 0, scratch = 0;
    for (size_t i = 0; g->arena_fast && i < n; i++) {
        const struct timing *t = &s->timing[order[i]];
        uint32_t reach = reach_of(t);
        arena = reach > arena ? reach : arena;
        if (t->step.fast && t->step.scratch_at + t->step.scratch > scratch)
            scratch = t->step.scratch_at + t->step.scratch;
        if (i && arena + scratch + STACK + DATA + OF_EACH * (i + 1) + SLACK > g->target.fast.size)
            return i;
    }
    return n;
}

/* Unknown layers of one group, at most MOST_LAYERS to a program. */
static bool make_jobs(struct share *s, struct err *e)
{
    s->order = calloc(s->ntimings + 1, sizeof *s->order);
    s->job = calloc(s->ntimings + 1, sizeof *s->job);
    if (!s->order || !s->job)
        return err_nomem(e);
    size_t n = 0;
    for (size_t g = 0; g < s->ngroups; g++) {
        size_t from = n;
        for (size_t i = 0; i < s->ntimings; i++)
            if (s->timing[i].group == g && !s->timing[i].value)
                s->order[n++] = i;
        size_t programs = (n - from + MOST_LAYERS - 1) / MOST_LAYERS;
        for (size_t k = 0; k < programs; k++) {
            size_t begin = from + (n - from) * k / programs,
                   end = from + (n - from) * (k + 1) / programs;
            while (begin < end) {
                size_t here = hold(s, &s->group[g], s->order + begin, end - begin);
                s->job[s->njobs][0] = begin;
                s->job[s->njobs++][1] = begin += here;
            }
        }
    }
    return true;
}

/* A network that is no network: the layers of one job, each reading and writing where its own plan
 * put it. */
struct bench {
    struct network net;
    struct qmodel q;
    struct plan plan;
    uint8_t *wbits;
    int8_t image[BENCH_IMAGE];
};

/* The shift of a layer's output stage, which quantising would find; it changes no time. Depthwise
 * layers have their shift in an instruction, and those that share one share the code around it, so
 * the number of different ones decides how much code there is: 2 are assumed for stride 1, with a
 * ReLU and without (`taken`: so far), 1 for others. docs/sweep.md has what that leaves. */
static int shift_of(const struct plan_step *st, const struct layer *l, const struct qlayer *q,
                    unsigned taken[2])
{
    enum { SHIFT = 6 };
    bool alternates = st->kernel == KERNEL_DEPTHWISE3X3 && l->stride == 1;
    return SHIFT + (alternates ? (int)(taken[q->relu != 0]++ & 1) : 0);
}

static bool bench_make(struct bench *b, const struct share *s, const size_t *order, size_t n,
                       struct err *e)
{
    static int8_t some_weights[1];
    static int32_t some_table[1];
    unsigned taken[2] = {0};
    b->net = (struct network){
        .name = "layers", .width = 1, .in_h = 1, .in_w = 1, .in_c = 1, .classes = 1};
    b->net.nlayers = (int)(2 * n);
    b->net.layer = calloc(2 * n, sizeof *b->net.layer);
    b->q = (struct qmodel){.net = &b->net, .wbits = 8};
    b->q.layer = calloc(2 * n, sizeof *b->q.layer);
    b->plan = (struct plan){.nsteps = (int)n,
                            .step = calloc(n, sizeof *b->plan.step),
                            .input_bytes = sizeof b->image,
                            .arena_fast = s->group[s->timing[order[0]].group].arena_fast};
    b->wbits = calloc(n, sizeof *b->wbits);
    if (!b->net.layer || !b->q.layer || !b->plan.step || !b->wbits)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        const struct timing *t = &s->timing[order[i]];
        struct layer *l = &b->net.layer[2 * i];
        struct plan_step *st = &b->plan.step[i];
        struct qlayer *q = &b->q.layer[2 * i];
        b->wbits[i] = t->wbits;
        *l = t->layer;
        snprintf(l->name, sizeof l->name, "t%zu", order[i]);
        b->net.layer[2 * i + 1] = t->pool;
        *st = t->step;
        st->layer = (int)(2 * i);
        st->pool = t->step.pool >= 0 ? (int)(2 * i + 1) : -1;
        st->in[0] = LAYER_INPUT;
        st->in[1] = t->step.in[1] != LAYER_NONE ? LAYER_INPUT : LAYER_NONE;
        st->last_use = (int)i;
        q->in[0].zero_point = -128;
        q->weights = l->weights ? some_weights : NULL;
        q->nweights = (size_t)l->weights;
        q->mult = q->off = l->op == OP_ADD && !t->channels ? NULL : some_table;
        q->lut = l->act > ACT_RELU6 ? some_weights : NULL;
        q->relu = l->bn && l->bn_after_act && l->act != ACT_NONE;
        q->bias =
            q->relu && (l->bias || (t->channels && t->wbits == 8 && l->op == OP_POINTWISE_CONV2D))
                ? some_table
                : NULL;
        q->narrow =
            t->channels && l->weights && kernel_class(st->kernel)->output != KERNEL_OUTPUT_LOGITS;
        q->shift = shift_of(st, l, q, taken);
        q->act_min = -128;
        q->act_max = 127;
        q->part[0].mult = q->part[1].mult = 1 << 12;
        q->part[0].shift = q->part[1].shift = 13;
        if (reach_of(t) > b->plan.arena_bytes)
            b->plan.arena_bytes = reach_of(t);
        if (st->fast && st->scratch_at + st->scratch > b->plan.fast_bytes)
            b->plan.fast_bytes = st->scratch_at + st->scratch;
        b->net.macs += l->macs;
    }
    return true;
}

static void bench_free(struct bench *b)
{
    free(b->net.layer);
    free(b->q.layer);
    free(b->plan.step);
    free(b->wbits);
}

static int scope_of(const struct rows *r, const char *name)
{
    for (size_t i = 0; i < r->nscope; i++)
        if (!strcmp(r->scope[i].name, name))
            return (int)i;
    return -1;
}

static uint32_t name_bytes(const char *name)
{
    return ((uint32_t)strlen(name) + 4) & ~3u;
}

/* Notes the bytes of each layer's function and constants, without its name, and returns the sum
 * with the names. */
static uint32_t layer_code(const struct machine *m, struct rows *r, const struct bench *b)
{
    uint32_t sum = 0;
    for (int i = 0; i < b->plan.nsteps; i++) {
        const struct layer *l = &b->net.layer[2 * i];
        char symbol[64];
        uint32_t addr, size = 0;
        snprintf(symbol, sizeof symbol, "layer_%s", l->name);
        if (!machine_symbol(m, symbol, &addr, &size))
            continue;
        /* and the entry of the layer list */
        size += 8 + kernel_class(b->plan.step[i].kernel)->descriptor_bytes;
        size = (size + 3) & ~3u;
        rows_peak(r, scope_of(r, l->name), "code", size);
        sum += size + name_bytes(l->name);
    }
    return sum;
}

/* In a worker: times the layers of one job. */
void share_work(const struct share *s, size_t job, const char *workdir, struct point_result *out)
{
    const size_t *order = s->order + s->job[job][0], n = s->job[job][1] - s->job[job][0];
    const struct group *g = &s->group[s->timing[order[0]].group];
    struct bench b = {0};
    struct err e = {0};
    char elf[4096];
    snprintf(elf, sizeof elf, "%s/layers.elf", workdir);
    bool ok = bench_make(&b, s, order, n, &e);
    const struct build_options o = {.fast_kernels = strcmp(g->kernels, "reference") != 0,
                                    .repeat = 1,
                                    .image = b.image,
                                    .steps = &b.plan,
                                    .step_wbits = b.wbits};
    const struct machine_options run = {
        .elf_path = elf, .board = g->board, .clock_hz = g->clock_hz};
    struct build_result report;
    ok = ok && firmware_build(&b.q, &g->target, &o, elf, &report, &e);
    struct machine *m = ok ? machine_open(&run, &e) : NULL;
    out->has_rows = m && machine_run(m, &e) && machine_rows(m, &out->rows, &e);
    if (out->has_rows) {
        rows_peak(&out->rows, -1, "code", report.code_bytes - layer_code(m, &out->rows, &b));
        /* .data and .bss without the layers' scratch, less the counters that the program keeps per
         * layer */
        uint32_t at, size = 0;
        machine_symbol(m, "measured", &at, &size);
        rows_peak(&out->rows, -1, "near", report.data_bytes - size);
        rows_peak(&out->rows, -1, "per_layer", size / (uint32_t)n);
    }
    machine_close(m);
    bench_free(&b);
    if (e.code) {
        out->built = true; /* layers that other programs hold are expected to fit */
        point_result_fail(out, &e);
    }
}

static uint64_t peak_of(const struct rows *r, int scope, const char *part)
{
    for (size_t i = 0; i < r->npeak; i++)
        if (r->peak[i].scope == scope && !strcmp(r->peak[i].part, part))
            return r->peak[i].bytes;
    return 0;
}

/* A layer's counts and their costs as text:
 *   core TAB clock_hz TAB stack TAB code TAB its code TAB data TAB its data TAB configuration
 * then a line for every tally:
 *   component TAB action TAB count TAB cycles TAB pJ low, nominal and high TAB source */
static bool remember(struct share *s, const struct rows *r, int scope, const char *config,
                     struct timing *t, struct err *e)
{
    struct buf b = {0};
    buf_printf(
        &b,
        "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\n",
        r->run.core, r->run.clock_hz, peak_of(r, scope, "stack"), peak_of(r, -1, "code"),
        peak_of(r, scope, "code"), peak_of(r, -1, "near"), peak_of(r, -1, "per_layer"), config);
    for (size_t i = 0; i < r->ntally; i++) {
        const struct tally_row *x = &r->tally[i];
        if (x->scope != scope)
            continue;
        for (size_t c = 0; c < r->ncost; c++)
            if (!strcmp(r->cost[c].component, x->component) &&
                !strcmp(r->cost[c].action, x->action))
                buf_printf(&b, "%s\t%s\t%" PRIu64 "\t%.17g\t%.17g\t%.17g\t%.17g\t%s\n",
                           x->component, x->action, x->count, r->cost[c].cycles, r->cost[c].pj_low,
                           r->cost[c].pj, r->cost[c].pj_high, r->cost[c].source);
    }
    bool ok = (!b.failed && (t->value = strdup(buf_text(&b)))) || err_nomem(e);
    buf_free(&b);
    return ok && store_memo(s->store, t->key, t->value, e);
}

/* The part of a run's configuration that is the machine's, not the program's. */
static char *machine_configuration(const struct rows *r)
{
    static const char *const machine[] = {
        "core_hz", "firmware_hz",    "bus_hz",           "wait_states",      "latency",
        "art",     "prefetch",       "icache",           "dcache",           "kernels",
        "supply",  "energy_assumed", "board_sram_bytes", "board_flash_bytes"};
    cJSON *c = cJSON_Parse(r->run.config_json ? r->run.config_json : "{}"),
          *kept = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof machine / sizeof *machine; i++)
        if (cJSON_HasObjectItem(c, machine[i]))
            cJSON_AddItemToObject(kept, machine[i], cJSON_DetachItemFromObject(c, machine[i]));
    char *text = cJSON_PrintUnformatted(kept);
    cJSON_Delete(kept);
    cJSON_Delete(c);
    return text;
}

/* In the parent: keeps what a job measured. */
bool share_done(struct share *s, size_t job, const struct point_result *o, struct err *e)
{
    const size_t *order = s->order + s->job[job][0], n = s->job[job][1] - s->job[job][0];
    char *config = machine_configuration(&o->rows);
    bool ok = (config || err_nomem(e)) && store_begin(s->store, e);
    for (size_t i = 0; ok && i < n; i++) {
        struct timing *t = &s->timing[order[i]];
        char name[32];
        snprintf(name, sizeof name, "t%zu", order[i]);
        int scope = o->has_rows && o->state == POINT_DONE ? scope_of(&o->rows, name) : -1;
        if (scope >= 0)
            ok = remember(s, &o->rows, scope, config, t, e);
        else
            snprintf(t->reason, sizeof t->reason, "%.255s",
                     *o->reason ? o->reason : "the layer did not run");
    }
    free(config);
    if (ok)
        return store_commit(s->store, e);
    store_rollback(s->store);
    return false;
}

/* One line of a remembered layer; false at the end. */
static bool next_line(const char **text, char *line, size_t size)
{
    size_t n = strcspn(*text, "\n");
    if (!**text || n >= size)
        return false;
    memcpy(line, *text, n);
    line[n] = '\0';
    *text += n + ((*text)[n] == '\n');
    return true;
}

static void configuration(const struct recipe *r, const struct group *g, const char *measured,
                          struct rows *rows)
{
    cJSON *c = cJSON_Parse(measured);
    cJSON_AddStringToObject(c, "plan", r->plan == PLAN_INPLACE ? "inplace" : "pingpong");
    cJSON_AddNumberToObject(c, "input", r->input);
    cJSON_AddNumberToObject(c, "wbits", r->wbits);
    cJSON_AddStringToObject(c, "layers", "shared");
    snprintf(rows->run.kind, sizeof rows->run.kind, "iss");
    snprintf(rows->run.platform, sizeof rows->run.platform, "%s", g->board);
    snprintf(rows->run.network, sizeof rows->run.network, "%s", r->network);
    rows->run.width = r->width;
    snprintf(rows->run.shape, sizeof rows->run.shape, "%s", r->shape);
    rows->run.wbits = (uint32_t)r->wbits;
    snprintf(rows->run.quant, sizeof rows->run.quant, "%s", qmodel_quantiser_names[r->quantiser]);
    free(rows->run.config_json);
    rows->run.config_json = cJSON_PrintUnformatted(c);
    cJSON_Delete(c);
}

/* Puts a point together from its layers. */
void share_point(const struct share *s, size_t index, struct point_result *o)
{
    const struct recipe *r = &s->recipe[index];
    const struct group *g = s->group ? &s->group[r->group] : NULL;
    struct rows *rows = &o->rows;
    uint64_t stack = 0, code = 0, data = 0;
    *o = (struct point_result){.state = r->state};
    memcpy(o->reason, r->reason, sizeof o->reason);
    if (r->state != POINT_DONE)
        return;
    int root = rows_scope(rows, -1, "run", "", 0, 0);
    for (size_t i = 0; i < r->nsteps; i++) {
        const struct recipe_step *st = &r->step[i];
        const struct timing *t = &s->timing[st->timing];
        const char *text = t->value;
        char line[2048];
        if (!text || !next_line(&text, line, sizeof line)) {
            o->state = POINT_FAILED;
            snprintf(o->reason, sizeof o->reason, "%s: %.255s", st->name, t->reason);
            return;
        }
        uint64_t clock_hz, here, code_here, own_code, data_here, own_data;
        char core[32];
        int at = 0;
        if (sscanf(line,
                   "%31[^\t]\t%" SCNu64 "\t%" SCNu64 "\t%" SCNu64 "\t%" SCNu64 "\t%" SCNu64
                   "\t%" SCNu64 "\t%n",
                   core, &clock_hz, &here, &code_here, &own_code, &data_here, &own_data, &at) < 7 ||
            !at) {
            o->state = POINT_FAILED;
            snprintf(o->reason, sizeof o->reason,
                     "%s: what the database remembers of it cannot be read", st->name);
            return;
        }
        if (i == 0) {
            configuration(r, g, line + at, rows);
            strcpy(rows->run.core, core);
            rows->run.clock_hz = clock_hz;
        }
        stack = here > stack ? here : stack;
        code = i == 0 ? code_here + own_code : code + own_code;
        code += name_bytes(st->name);
        data = data_here + own_data * r->nsteps;
        int scope = rows_scope(rows, root, st->name, op_name(st->op), st->macs, st->params);
        while (next_line(&text, line, sizeof line)) {
            char component[48], action[48];
            uint64_t count;
            double cycles, pj[3];
            int source = 0;
            if (sscanf(line, "%47[^\t]\t%47[^\t]\t%" SCNu64 "\t%lf\t%lf\t%lf\t%lf\t%n", component,
                       action, &count, &cycles, &pj[0], &pj[1], &pj[2], &source) < 7 ||
                !source)
                continue;
            rows_tally(rows, scope, component, action, count);
            rows_cost_band(rows, component, action, cycles, pj, line + source);
        }
        if (here)
            rows_peak(rows, scope, "stack", here);
    }
    uint64_t flash = r->weight_bytes + code;
    if (flash > g->target.flash.size) {
        o->state = POINT_UNFIT;
        snprintf(o->reason, sizeof o->reason,
                 "%s does not fit %s: flash is short by %" PRIu64 " bytes (estimated)", r->network,
                 g->board, flash - g->target.flash.size);
        return;
    }
    rows_peak(rows, -1, "arena", r->arena_bytes);
    rows_peak(rows, -1, "bss", data + r->fast_bytes);
    rows_peak(rows, -1, "stack", stack);
    rows_peak(rows, -1, "flash", flash);
    o->has_rows = !rows->failed;
    if (rows->failed) {
        struct err e = {0};
        err_nomem(&e);
        point_result_fail(o, &e);
    }
}

size_t share_jobs(const struct share *s)
{
    return s->njobs;
}

size_t share_layers(const struct share *s, size_t *in_points)
{
    *in_points = 0;
    for (size_t i = 0; i < s->nrecipes; i++)
        *in_points += s->recipe[i].nsteps;
    return s->ntimings;
}

struct share *share_open(const struct spec *spec, struct store *store, struct keys *keys,
                         const size_t *items, size_t n, struct err *e)
{
    struct share *s = calloc(1, sizeof *s);
    bool ok = (s && (s->recipe = calloc(n + 1, sizeof *s->recipe))) || err_nomem(e);
    if (ok) {
        s->spec = spec;
        s->store = store;
    }
    for (size_t i = 0; ok && i < n; i++)
        ok = add_recipe(s, keys, items[i], e);
    ok = ok && recall(s, e) && make_jobs(s, e);
    if (!ok) {
        share_close(s);
        return NULL;
    }
    return s;
}

void share_close(struct share *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->ntimings; i++)
        free(s->timing[i].value);
    for (size_t i = 0; i < s->nrecipes; i++)
        free(s->recipe[i].step);
    free(s->timing);
    free(s->group);
    free(s->recipe);
    free(s->order);
    free(s->job);
    free(s);
}
