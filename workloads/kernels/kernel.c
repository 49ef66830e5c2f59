#include "base/crc32.h"
#include "workloads/kernels/kernel.h"

#include "workloads/kernels/descriptor.h"
#include "workloads/kernels/rules.h"
#include "workloads/graph/tflite_integers.h"

/* Every operator has a kernel that serves it in any case. */
_Static_assert(OP_COUNT <= 32 && (0
#define KERNEL(id, always, ...) | (always)
#include "workloads/kernels/kernels.def"
                                  ) == (1ull << OP_COUNT) - 1,
               "an operator of ops.def has no kernel in kernels.def");

const struct kernel_file kernel_files[KERNEL_SOURCE_COUNT] = {
#define SOURCE(id, file, fast, reference, always) \
    [KERNEL_SOURCE_##id] = {file, fast, reference, always},
#include "workloads/kernels/kernels.def"
};

/* The reference on the host: `function` with the descriptor and the arguments that it takes. */
#define RUN_ONE(function, p, a, in1, out) function(p, a, out)
#define RUN_TWO(function, p, a, in1, out) function(p, a, in1, out)
#define RUN_ONE_SCRATCH(function, p, a, in1, out) function(p, a, out, NULL)
#define RUN_TWO_SCRATCH(function, p, a, in1, out) function(p, a, in1, out, NULL)
enum { INPUTS_ONE = 1, INPUTS_TWO = 2, INPUTS_ONE_SCRATCH = 1, INPUTS_TWO_SCRATCH = 2 };
enum { SCRATCH_ONE, SCRATCH_TWO = 0, SCRATCH_ONE_SCRATCH = 1, SCRATCH_TWO_SCRATCH = 1 };

#define DESCRIPTOR(id, type, bytes, rows)                                               \
    typedef struct nn_##type descriptor_##id;                                           \
    static descriptor_##id make_##id(const struct kernel_job *j)                        \
    {                                                                                   \
        return kernel_##type(j);                                                        \
    }                                                                                   \
    static void print_##id(struct buf *b, const struct kernel_job *j, const char *name) \
    {                                                                                   \
        kernel_print_##type(b, j, name);                                                \
    }                                                                                   \
    static void print_rows_##id(struct buf *b, const struct kernel_job *j)              \
    {                                                                                   \
        kernel_rows_##rows(b, j);                                                       \
    }                                                                                   \
    enum { BYTES_##id = bytes };
#include "workloads/kernels/kernels.def"

#define KERNEL(id, always, sometimes, when, function, descriptor, args, ...)             \
    static void run_##id(const struct kernel_job *j, const int8_t *a, const int8_t *in1, \
                         void *out)                                                      \
    {                                                                                    \
        descriptor_##descriptor p = make_##descriptor(j);                                \
        (void)in1;                                                                       \
        RUN_##args(function, &p, a, in1, out);                                           \
    }
#include "workloads/kernels/kernels.def"

static const struct kernel_class classes[KERNEL_COUNT] = {
#define KERNEL(id, always, sometimes, when, function, descriptor, args, output, tables, channels, \
               rows, elementwise, scratch, tiles, overlap, multiplies, source)                    \
    [KERNEL_##id] = {#function,                                                                   \
                     INPUTS_##args,                                                               \
                     SCRATCH_##args,                                                              \
                     KERNEL_OUTPUT_##output,                                                      \
                     KERNEL_TABLES_##tables,                                                      \
                     KERNEL_CHANNELS_##channels,                                                  \
                     KERNEL_ROWS_##rows,                                                          \
                     elementwise,                                                                 \
                     KERNEL_SOURCE_##source,                                                      \
                     BYTES_##descriptor,                                                          \
                     kernel_scratch_##scratch,                                                    \
                     kernel_tiles_##tiles,                                                        \
                     kernel_overlap_##overlap,                                                    \
                     print_##descriptor,                                                          \
                     print_rows_##descriptor,                                                     \
                     run_##id},
#include "workloads/kernels/kernels.def"
};

const struct kernel_class *kernel_class(enum kernel k)
{
    return &classes[k];
}

/* ---- the layers of its further operators that a kernel serves ---- */

static bool when_never(const struct network *n, int layer)
{
    (void)n, (void)layer;
    return false;
}

/* The max pool behind it is fused. */
static bool when_pooled(const struct network *n, int layer)
{
    return n->layer[layer].fused_pool;
}

static bool each_channel(const struct layer *l)
{
    return op_class(l->op)->weights == OP_WEIGHTS_EACH || l->groups == l->in_c;
}

/* Outputs read several channels, or lie too far apart in a row for the depthwise kernels. */
static bool when_mixes(const struct network *n, int layer)
{
    const struct layer *l = &n->layer[layer];
    return !each_channel(l) || l->stride_x > 2;
}

/* Depthwise with the window that has a kernel of its own. */
static bool when_three(const struct network *n, int layer)
{
    const struct layer *l = &n->layer[layer];
    return each_channel(l) && l->in_c == l->out_c && l->kernel == 3 && l->kernel_x == 3 &&
           l->stride <= 2 && l->stride == l->stride_x && l->pad <= 1 && l->pad_x <= 1;
}

/* A .tflite file's layer that the kernels for one kind of convolution do not serve. */
static bool when_general(const struct network *n, int layer)
{
    return n->tflite && n->tflite->layer[layer].general;
}

/* Both inputs are read in the order of the output. */
static bool when_dense(const struct network *n, int layer)
{
    const struct layer_box *b = &n->layer[layer].box;
    return !n->layer[layer].operand && b->n[0] * b->n[1] * b->n[2] == 1 && b->step[0][3] == 1 &&
           b->step[1][3] == 1;
}

/* The last layer of a classifier, without an activation. */
static bool when_logits(const struct network *n, int layer)
{
    return !n->detector && !n->tflite && layer == n->nlayers - 1 && n->layer[layer].act == ACT_NONE;
}

static const struct {
    unsigned always, sometimes;
    bool (*when)(const struct network *n, int layer);
} service[KERNEL_COUNT] = {
#define KERNEL(id, always, sometimes, when, ...) [KERNEL_##id] = {always, sometimes, when_##when},
#include "workloads/kernels/kernels.def"
};

enum kernel kernel_of(const struct network *n, int layer)
{
    const struct layer *l = &n->layer[layer];
    enum kernel otherwise = KERNEL_NONE, special = KERNEL_NONE;
    if (l->op == OP_MAX_POOL && l->in[0] >= 0 && n->layer[l->in[0]].fused_pool)
        return KERNEL_NONE;
    for (int k = KERNEL_NONE + 1; k < KERNEL_COUNT; k++) {
        if (service[k].sometimes >> l->op & 1 && service[k].when(n, layer))
            special = (enum kernel)k;
        if (service[k].always >> l->op & 1)
            otherwise = (enum kernel)k;
    }
    return special != KERNEL_NONE ? special : otherwise;
}

uint32_t kernel_constants_crc32(const struct network *n, int layer, const struct qlayer *q)
{
    const struct layer *l = &n->layer[layer];
    bool one = kernel_class(kernel_of(n, layer))->tables <= KERNEL_TABLES_LAYER;
    size_t tables = 4 * (one ? 1 : (size_t)l->out_c);
    const struct {
        const void *data;
        size_t bytes;
    } part[] = {
        {q->weights, q->nweights},
        {q->mult, tables},
        {q->off, tables},
        {q->bias, tables},
        {q->shifts, tables},
        {q->in_zero, (size_t)l->in_c},
        {q->lut, 256},
        {q->in, sizeof q->in},
        {&q->out, sizeof q->out},
        {(const int32_t[]){q->narrow, q->shift, q->relu, q->act_min, q->act_max, q->least}, 24},
        {q->part, sizeof q->part},
        {&q->operand, sizeof q->operand},
        {q->fixed, sizeof q->fixed},
        {q->base, sizeof q->base},
    };
    uint32_t c = 0;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        c = part[i].data ? crc32_more(c, part[i].data, part[i].bytes) : c;
    return c;
}
