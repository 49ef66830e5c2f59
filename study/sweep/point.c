#include "study/sweep/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/target.h"
#include "costmodel/fit.h"
#include "costmodel/npu.h"
#include "sim/machine.h"
#include "workloads/emit/build.h"

const char *const point_state_names[] = {"done", "unfit", "failed", NULL};

void point_result_free(struct point_result *o)
{
    rows_free(&o->rows);
}

void point_result_fail(struct point_result *o, const struct err *e)
{
    if (e->code == ERR_ENV)
        o->state = POINT_ENVIRONMENT;
    else if ((e->code == ERR_CHECK || e->code == ERR_INPUT) && !o->built)
        o->state = POINT_UNFIT;
    else /* what builds and then does not run is no property of the point but a fault of ours */
        o->state = POINT_FAILED;
    snprintf(o->reason, sizeof o->reason, "%s", e->code ? e->msg : "failed without a message");
}

struct network *point_network(const struct sweep_point *p, struct err *e)
{
    return network_load(point_get(p, "network", ""), strtod(point_get(p, "width", "0"), NULL),
                        (int)strtol(point_get(p, "input", "0"), NULL, 10), e);
}

static int weight_bits(const struct sweep_point *p)
{
    return (int)strtol(point_get(p, "wbits", "8"), NULL, 10);
}

enum quantiser point_quantiser(const struct sweep_point *p)
{
    const char *name = point_get(p, "quantiser", weight_bits(p) == 4 ? "asq" : "int8");
    return !strcmp(name, "asq") ? QUANT_ASQ : !strcmp(name, "dorefa") ? QUANT_DOREFA : QUANT_INT8;
}

bool point_check(const struct sweep_point *p, struct err *e)
{
    if (weight_bits(p) != 8 && weight_bits(p) != 4)
        return err_set(e, ERR_INPUT, "weights of %d bits are not served, expected 8 or 4",
                       weight_bits(p));
    if ((point_quantiser(p) == QUANT_INT8) != (weight_bits(p) == 8))
        return err_set(e, ERR_INPUT, "quantiser %s does not go with %d-bit weights",
                       qmodel_quantiser_names[point_quantiser(p)], weight_bits(p));
    if (strcmp(point_get(p, "patches", "0"), "0") &&
        !strcmp(point_get(p, "plan", "inplace"), "pingpong"))
        return err_set(e, ERR_INPUT, "patches do not go with plan pingpong");
    return true;
}

void point_options(const struct sweep_point *p, struct build_options *o)
{
    const char *patches = point_get(p, "patches", "0");
    *o = (struct build_options){
        .plan = strcmp(point_get(p, "plan", "inplace"), "pingpong") ? PLAN_INPLACE : PLAN_PINGPONG,
        .patches = !strcmp(patches, "auto") ? PATCHES_AUTO : (int)strtol(patches, NULL, 10),
        .fast_kernels = strcmp(point_get(p, "kernels", "fast"), "reference") != 0,
        .repeat = 1,
    };
}

static bool build(const struct sweep_point *p, const char *elf, struct err *e)
{
    const struct spec *s = p->spec;
    struct build_request b = {
        .network = point_get(p, "network", ""),
        .width = strtod(point_get(p, "width", "0"), NULL),
        .input = (int)strtol(point_get(p, "input", "0"), NULL, 10),
        .wbits = weight_bits(p),
        .quantiser = point_quantiser(p),
        .weights = s->weights,
        .calibrate = s->calibrate,
        .image = s->image,
        .output = elf,
    };
    struct build_result report;
    point_options(p, &b.options);
    return point_check(p, e) && target_load(&b.target, point_get(p, "board", ""), e) &&
           build_firmware(&b, &report, e);
}

static bool simulate(const struct sweep_point *p, const char *elf, struct point_result *out,
                     struct err *e)
{
    const struct machine_options o = {
        .elf_path = elf,
        .board = point_get(p, "board", ""),
        .clock_hz = strtoull(point_get(p, "clock", "0"), NULL, 10),
    };
    struct machine *m = machine_open(&o, e);
    out->has_rows = m && machine_run(m, e) && machine_rows(m, &out->rows, e);
    machine_close(m);
    return out->has_rows;
}

static bool on_board(const struct sweep_point *p, const char *workdir, struct point_result *out,
                     struct err *e)
{
    char elf[4096];
    snprintf(elf, sizeof elf, "%s/firmware.elf", workdir);
    out->built = build(p, elf, e);
    return out->built && simulate(p, elf, out, e);
}

static bool on_accelerator(const struct sweep_point *p, struct point_result *out, struct err *e)
{
    struct accelerator *a = accelerator_load(point_get(p, "accelerator", ""), NULL, e);
    struct accelerator_fit fit;
    /* before any change: the constant belongs to the machine as described */
    bool ok = a && accelerator_fit(a, &fit, e);
    for (size_t i = 0; ok && i < p->family->naxes; i++)
        if (!strncmp(p->family->axis[i]->name, "set.", 4))
            ok = accelerator_set(a, p->family->axis[i]->name + 4, p->value[i], e);
    struct network *net = ok ? point_network(p, e) : NULL;
    struct npu *n = net ? npu_open(a, net, strtoull(point_get(p, "wbits", "0"), NULL, 10),
                                   strtoull(point_get(p, "abits", "0"), NULL, 10), e)
                        : NULL;
    ok = n && npu_evaluate(n, e) && npu_rows(n, &out->rows, e);
    out->has_rows = ok;
    if (ok && !n->resources.fits)
        ok = err_set(e, ERR_CHECK, "%s", n->resources.what);
    npu_close(n);
    network_free(net);
    free(a);
    return ok;
}

void point_evaluate(const struct sweep_point *p, const char *workdir, struct point_result *out)
{
    struct err e = {0};
    if (p->family->accelerator ? on_accelerator(p, out, &e) : on_board(p, workdir, out, &e))
        return;
    point_result_fail(out, &e);
}
