#include "costmodel/published.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/desc.h"
#include "costmodel/energy.h"
#include "costmodel/fit.h"
#include "costmodel/npu.h"
#include "costmodel/streaming.h"

enum { MAX_STAGES = 64, MAX_SIDE = 4096 };

static bool pair(const struct desc_node *m, const char *key, uint64_t least, uint64_t *a,
                 uint64_t *b, struct err *e)
{
    const struct desc_node *n = desc_map_need(m, key, e);
    if (!n)
        return false;
    if (desc_list_len(n) != 2)
        return desc_err(n, e, "%s: expected two numbers, height and width", key);
    return desc_u64(desc_list_at(n, 0), least, MAX_SIDE, a, e) &&
           desc_u64(desc_list_at(n, 1), least, MAX_SIDE, b, e);
}

static uint64_t parts(uint64_t all, uint64_t at_once)
{
    return (all + at_once - 1) / at_once;
}

/* A stage and how much of an output position it does in a cycle: input channels x output
 * channels x taps of the window (`coarse` in and out, `fine`), products x channels (`simd`,
 * `pe`), or so that each multiplier is used `reuse` times. */
static bool load_stage(const struct desc_node *n, struct stage *s, struct err *e)
{
    const char *name;
    uint64_t in = 1, out = 1, groups = 1, coarse_in = 1, coarse_out = 1, fine = 1, simd = 0, pe = 1,
             reuse = 0;
    *s = (struct stage){.stride = 1, .kernel_h = 1, .kernel_w = 1};
    if (!desc_map_str(n, "name", &name, e) || !pair(n, "in", 1, &s->in_h, &s->in_w, e) ||
        !pair(n, "out", 1, &s->out_h, &s->out_w, e) ||
        (desc_map_get(n, "kernel") && !pair(n, "kernel", 1, &s->kernel_h, &s->kernel_w, e)) ||
        (desc_map_get(n, "pad") && !pair(n, "pad", 0, &s->pad_h, &s->pad_w, e)) ||
        !desc_opt_u64(n, "stride", 1, 64, &s->stride, e) ||
        !desc_opt_u64(n, "channels_in", 1, 1 << 16, &in, e) ||
        !desc_opt_u64(n, "channels_out", 1, 1 << 16, &out, e) ||
        !desc_opt_u64(n, "groups", 1, 1 << 16, &groups, e) ||
        !desc_opt_u64(n, "coarse_in", 1, 1 << 16, &coarse_in, e) ||
        !desc_opt_u64(n, "coarse_out", 1, 1 << 16, &coarse_out, e) ||
        !desc_opt_u64(n, "fine", 1, 1 << 16, &fine, e) ||
        !desc_opt_u64(n, "simd", 1, 1 << 16, &simd, e) ||
        !desc_opt_u64(n, "pe", 1, 1 << 16, &pe, e) ||
        !desc_opt_u64(n, "reuse", 1, 1 << 24, &reuse, e) || !desc_map_done(n, e))
        return false;
    snprintf(s->name, sizeof s->name, "%s", name);
    uint64_t taps = s->kernel_h * s->kernel_w, inputs = parts(in, groups);
    s->cycles = reuse  ? reuse
                : simd ? parts(taps * inputs, simd) * parts(out, pe)
                       : parts(inputs, coarse_in) * parts(out, coarse_out) * parts(taps, fine);
    return true;
}

static bool by_pipeline(const struct desc_node *root, const struct desc_node *n, double *seconds,
                        struct err *e)
{
    static const char *const quantities[] = {"latency", "interval", NULL};
    struct stage s[MAX_STAGES];
    const char *name;
    double hz;
    int what = 0;
    if (!desc_map_str(n, "pipeline", &name, e) || !desc_map_real(n, "clock_hz", 1, 1e11, &hz, e) ||
        !desc_opt_enum(n, "quantity", quantities, &what, e))
        return false;
    const struct desc_node *all = desc_map_need(root, "pipelines", e),
                           *stages = all ? desc_map_need(all, name, e) : NULL;
    int count = stages ? (int)desc_list_len(stages) : 0;
    if (!stages)
        return false;
    if (count < 1 || count > MAX_STAGES)
        return desc_err(stages, e, "%s: expected 1 to %d stages", name, MAX_STAGES);
    for (int i = 0; i < count; i++)
        if (!load_stage(desc_list_at(stages, (size_t)i), &s[i], e))
            return false;
    *seconds = (double)(what ? streaming_interval(s, count) : streaming_latency(s, count)) / hz;
    return true;
}

/* Everything at the peak rate: a lower bound of the time. */
static bool by_peak(const struct desc_node *n, double *seconds, struct err *e)
{
    double macs, per_cycle, hz;
    if (!desc_map_real(n, "macs", 1, 1e15, &macs, e) ||
        !desc_map_real(n, "macs_per_cycle", 1, 1e9, &per_cycle, e) ||
        !desc_map_real(n, "clock_hz", 1, 1e11, &hz, e))
        return false;
    *seconds = macs / per_cycle / hz;
    return true;
}

/* What the energy tables know of such an array at 65 nm and 1.0 V: 16-bit multiply-adds that
 * zero inputs skip, the reads and writes of an element's three scratchpads, the published bytes
 * of the buffer, clocked registers of the elements. */
static bool row_power(const struct desc_node *n, double macs, double cycles, double *watts,
                      struct err *e)
{
    enum { WORD = 16, SUM = 32, ELEMENTS = 168, BUFFER_WORD = 64, BUFFER_BANK = 4096 };
    struct energy t;
    struct memory_row input, weight, sum, buffer;
    double zeros, bytes, total_s, factor;
    if (!desc_map_real(n, "zeros", 0, 1, &zeros, e) ||
        !desc_map_real(n, "buffer_bytes", 1, 1e15, &bytes, e) ||
        !desc_map_real(n, "seconds", 1e-9, 1e6, &total_s, e) || !energy_load("cacti-65nm", &t, e) ||
        !energy_factor(65, 1.0, &t, &factor, e))
        return false;
    if (!energy_ram(&t, 12 * WORD / 8, WORD, &input) ||
        !energy_ram(&t, 224 * WORD / 8, WORD, &weight) ||
        !energy_ram(&t, 24 * WORD / 8, WORD, &sum) ||
        !energy_ram(&t, BUFFER_BANK, BUFFER_WORD, &buffer))
        return err_set(e, ERR_INPUT, "energy table cacti-65nm has no 'memory' rows");
    double mac = t.mul_pj_bit2 * WORD * WORD + t.add_pj_bit * SUM + weight.read_pj + sum.read_pj +
                 sum.write_pj;
    double pj = macs * (input.read_pj + (1 - zeros) * mac) +
                bytes * 8 / BUFFER_WORD * (buffer.read_pj + buffer.write_pj) / 2 +
                cycles * ELEMENTS * (2 * WORD + SUM) * t.reg_pj_bit;
    *watts = pj * factor * 1e-12 / total_s;
    return true;
}

/* A row-stationary array (Eyeriss): a set of `kernel` x `side` elements makes `side` rows of an
 * output map, an element one row of the filter by one row of the map. Sets of more rows than the
 * array is wide are cut into strips; what is free above a strip takes further strips, then
 * further sets. An element multiplies once a cycle. */
static bool by_rows(const struct desc_node *n, double *seconds, double *active, double *watts,
                    struct err *e)
{
    uint64_t height, width, kernel, side, batch;
    double macs, hz;
    if (!pair(n, "array", 1, &height, &width, e) ||
        !desc_map_u64(n, "kernel", 1, MAX_SIDE, &kernel, e) ||
        !desc_map_u64(n, "side", 1, MAX_SIDE, &side, e) ||
        !desc_map_u64(n, "batch", 1, 1024, &batch, e) ||
        !desc_map_real(n, "macs", 1, 1e15, &macs, e) ||
        !desc_map_real(n, "clock_hz", 1, 1e11, &hz, e))
        return false;
    if (kernel > height)
        return desc_err(n, e, "a kernel of more rows than the array");
    uint64_t stacked = height / kernel, strips = parts(side, width);
    /* Rows of one strip and set, times how many of them there are at once, less what the last
     * strip leaves idle. */
    double at_once = strips <= stacked ? (double)(kernel * side * (stacked / strips))
                                       : (double)(kernel * side) / (double)parts(strips, stacked);
    *active = at_once;
    *seconds = macs * (double)batch / at_once / hz;
    return !desc_map_get(n, "zeros") || row_power(n, macs * (double)batch, *seconds * hz, watts, e);
}

static bool by_model(const struct desc_node *n, double *seconds, double *watts, struct err *e)
{
    const char *network, *accelerator;
    struct accelerator_fit f;
    if (!desc_map_str(n, "network", &network, e) ||
        !desc_map_str(n, "accelerator", &accelerator, e))
        return false;
    struct network *net = network_load(network, 0, 0, e);
    struct accelerator *a = net ? accelerator_load(accelerator, NULL, e) : NULL;
    struct npu *m = a && accelerator_fit(a, &f, e) ? npu_open(a, net, 0, 0, e) : NULL;
    if (m)
        *seconds = m->seconds, *watts = m->watts;
    bool ok = m != NULL;
    npu_close(m);
    free(a);
    network_free(net);
    return ok;
}

static bool predict(const struct desc_node *root, const struct desc_node *n, const char *set,
                    const char *source, struct published_point *p, struct err *e)
{
    static const char *const kinds[] = {"pipeline", "peak", "rows", "model", NULL};
    static const struct {
        const char *name;
        double per_second; /* 0: not a time */
    } units[] = {{"ms", 1e3}, {"us", 1e6}, {"W", 0}, {"PE", 0}};
    const char *what, *unit, *why;
    double seconds = 0, watts = 0, active = 0;
    int kind;
    if (!desc_map_str(n, "what", &what, e) || !desc_map_str(n, "unit", &unit, e) ||
        !desc_map_real(n, "published", 1e-12, 1e12, &p->published, e) ||
        !desc_map_str(n, "why", &why, e) || !desc_map_enum(n, "kind", kinds, &kind, e))
        return false;
    if (!(kind == 0   ? by_pipeline(root, n, &seconds, e)
          : kind == 1 ? by_peak(n, &seconds, e)
          : kind == 2 ? by_rows(n, &seconds, &active, &watts, e)
                      : by_model(n, &seconds, &watts, e)) ||
        !desc_map_done(n, e))
        return false;
    size_t u = 0;
    while (u < sizeof units / sizeof *units && strcmp(unit, units[u].name) != 0)
        u++;
    if (u == sizeof units / sizeof *units)
        return desc_err(n, e, "unit '%s', expected ms, us, W or PE", unit);
    p->predicted = units[u].per_second > 0 ? seconds * units[u].per_second
                   : !strcmp(unit, "W")    ? watts
                                           : active;
    snprintf(p->set, sizeof p->set, "%s", set);
    snprintf(p->what, sizeof p->what, "%s", what);
    snprintf(p->unit, sizeof p->unit, "%s", unit);
    snprintf(p->why, sizeof p->why, "%s", why);
    snprintf(p->source, sizeof p->source, "%s", source);
    return true;
}

static bool load_set(const char *name, struct published *p, struct err *e)
{
    char path[4096];
    struct buf text = {0};
    const char *title, *source;
    bool assumed;
    if (!data_find(path, sizeof path, "set", "costmodel/published", name, e))
        return false;
    struct desc *d = buf_read_file(&text, path, 1 << 20, e)
                         ? desc_parse(path, buf_text(&text), text.len, e)
                         : NULL;
    const struct desc_node *root = d ? desc_root(d) : NULL,
                           *points = root ? desc_map_need(root, "points", e) : NULL;
    bool ok = points && desc_map_str(root, "title", &title, e) &&
              desc_map_source(root, &source, &assumed, e);
    size_t n = ok ? desc_list_len(points) : 0;
    struct published_point *more =
        ok ? realloc(p->point, ((size_t)p->n + n + 1) * sizeof *more) : NULL;
    ok = ok && (more || err_nomem(e));
    if (ok)
        p->point = more;
    for (size_t i = 0; ok && i < n; i++)
        ok = predict(root, desc_list_at(points, i), name, source, &p->point[p->n], e) && ++p->n;
    ok = ok && (desc_map_get(root, "pipelines"), desc_map_done(root, e));
    desc_free(d);
    buf_free(&text);
    return ok;
}

bool published_predict(struct published *p, struct err *e)
{
    char **names = data_list("costmodel/published", e);
    bool ok = names != NULL;
    *p = (struct published){0};
    for (char **name = names; ok && *name; name++)
        ok = load_set(*name, p, e);
    free(names);
    if (!ok)
        published_free(p);
    return ok;
}

void published_free(struct published *p)
{
    free(p->point);
    *p = (struct published){0};
}
