/* Operators of a network and what is known of each (ops.def). Knows names and rules; nothing of a
 * layer's sizes. */
#ifndef WORKLOADS_GRAPH_OP_H
#define WORKLOADS_GRAPH_OP_H

#include <stdbool.h>

enum op {
#define OP(id, ...) OP_##id,
#include "workloads/graph/ops.def"
    OP_COUNT
};

enum op_weights { OP_WEIGHTS_NONE, OP_WEIGHTS_EACH, OP_WEIGHTS_DENSE };
enum op_window { OP_WINDOW_NONE, OP_WINDOW_SQUARE, OP_WINDOW_FREE, OP_WINDOW_WHOLE };
enum op_second { OP_SECOND_NONE, OP_SECOND_ELEMENTS, OP_SECOND_FACTORS, OP_SECOND_CHANNELS };
enum op_units { OP_UNITS_NONE, OP_UNITS_OWN, OP_UNITS_SHARED };
enum op_output {
    OP_OUTPUT_WEIGHTS,
    OP_OUTPUT_AVERAGE,
    OP_OUTPUT_COMBINED,
    OP_OUTPUT_INPUT,
    OP_OUTPUT_FILE
};

/* Keys of a description's entry. */
enum op_keys {
    OP_KEY_OUT = 1,     /* out, fixed: output channels */
    OP_KEY_CLASSES = 2, /* the same, else as many as the network has classes; with a bias */
    OP_KEY_GROUPS = 4,  /* groups */
    OP_KEY_ROUNDS = 8,  /* groups, else 1 */
    OP_KEY_RANGE = 16,  /* first, out, fixed: a range of the channels */
    OP_KEY_BN = 32,     /* bn */
    OP_KEY_ACT = 64     /* act, bias, param, param_bn */
};

struct op_class {
    const char *name, *word;
    enum op_weights weights;
    enum op_window window;
    int side;
    enum op_second second;
    unsigned keys;
    enum op_units units;
    enum op_output output;
    bool passes;
};

/* Of an operator of the list. */
const struct op_class *op_class(enum op op);
/* "conv2d", "depthwise_conv2d", "pointwise_conv2d", ...; "unknown" beyond the list */
const char *op_name(enum op op);

/* Has it weights? Does a window slide over the map? */
bool op_weighted(enum op op);
bool op_windowed(enum op op);

#endif
