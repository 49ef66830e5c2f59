#include "workloads/graph/op.h"

#include <stddef.h>

static const struct op_class classes[] = {
#define OP(id, name, word, weights, window, side, second, shape, keys, units, output, constants, \
           real, lite, passes)                                                                   \
    [OP_##id] = {name,                                                                           \
                 word,                                                                           \
                 OP_WEIGHTS_##weights,                                                           \
                 OP_WINDOW_##window,                                                             \
                 side,                                                                           \
                 OP_SECOND_##second,                                                             \
                 keys,                                                                           \
                 OP_UNITS_##units,                                                               \
                 OP_OUTPUT_##output,                                                             \
                 passes},
#include "workloads/graph/ops.def"
};

const struct op_class *op_class(enum op op)
{
    return &classes[op];
}

const char *op_name(enum op op)
{
    return (unsigned)op < OP_COUNT ? classes[op].name : "unknown";
}

bool op_weighted(enum op op)
{
    return classes[op].weights != OP_WEIGHTS_NONE;
}

bool op_windowed(enum op op)
{
    return classes[op].window == OP_WINDOW_SQUARE || classes[op].window == OP_WINDOW_FREE;
}
