/* Private to the reader of .tflite files: what its parts know of each other. A file is read
 * operator by operator; each adds layers to the network, or gives a tensor another name. What is
 * refused is collected, so that a file is told all of it at once. */
#ifndef WORKLOADS_GRAPH_TFLITE_READER_H
#define WORKLOADS_GRAPH_TFLITE_READER_H

#include "workloads/graph/flatbuffer.h"
#include "workloads/graph/network_build.h"
#include "workloads/graph/tflite_integers.h"

enum { TFL_INT4 = 17, TFL_MAX_SIDE = INT16_MAX, TFL_MAX_WINDOW = 127 };

struct tfl_shape { /* n = -1: none, or of more dimensions than are read */
    int n, d[TFL_DIMS];
};

struct tfl_made {
    int by;       /* network layer that makes the tensor, LAYER_INPUT, or LAYER_NONE */
    bool refused; /* an operator before it is */
    int bytes_of; /* the tensor whose int8 values it has: itself, or that before a DEQUANTIZE */
    int unpadded; /* -1, or the tensor that a PAD made it of, no layer yet... */
    int before[2], after[2]; /* ...with so many rows and columns of zeros */
};

struct tfl_reason {
    char text[160];
    const char *op, *what;
    int count;
};

struct tfl_reader {
    struct fb_file f;
    const char *path;
    struct err *e;
    struct build b;
    struct tflite *t;
    size_t cap;
    struct fb_span tensors, buffers, codes;
    struct tfl_made *made; /* [tensor] */
    struct tfl_reason reason[8];
    int nreasons, more;
    char unknown[4][16]; /* operators that have no name here */
    int nunknown;
};

struct tfl_call { /* an operator of the file */
    const char *op;
    int detail;
    struct fb_span in, out;
    int x, y; /* first input and output */
    size_t options;
};

/* One function for each kind of operator (tflite_ops.def). False: refused, or *e is filled. */
typedef bool tfl_operator(struct tfl_reader *r, const struct tfl_call *c);
#define TFL(code, name, function, detail) tfl_operator tflite_read_##function;
#include "workloads/graph/tflite_ops.def"

/* Notes the reason; false. */
bool tflite_refuse(struct tfl_reader *r, const char *op, int t, const char *what);

/* Up to 63 printable characters of a tensor's name. */
const char *tflite_name(struct tfl_reader *r, int t, char out[64]);
struct tfl_shape tflite_shape(struct tfl_reader *r, int t);
uint64_t tflite_values(const struct tfl_shape *s); /* 0 for a shape that is none or too large */
int tflite_type(struct tfl_reader *r, int t);
/* A tensor as height, width and channels: the batch of 1 left out. False: too large. */
bool tflite_map(struct tfl_reader *r, int t, int *h, int *w, int *c, const char *op);

/* Scale and zero point of an int8 tensor (uint8: 128 less). */
bool tflite_quant(struct tfl_reader *r, int t, struct tfl_quant *q, const char *op);
/* Scales and zero points of `channels` channels, or the one of all. */
bool tflite_scales(struct tfl_reader *r, int t, int channels, float *scale, int32_t *zero,
                   size_t *count, const char *op);
/* Constant bytes of the tensor, or why there are none. */
bool tflite_constant(struct tfl_reader *r, int t, size_t bytes, size_t *at, const char *op);
bool tflite_is_constant(struct tfl_reader *r, int t);
/* Up to `most` constant integers. */
bool tflite_ints(struct tfl_reader *r, int t, int32_t *v, size_t most, size_t *n, const char *op);

/* The layer that makes an input. */
bool tflite_input(struct tfl_reader *r, int t, int *layer, const char *op);

/* Appends a layer that reads tensors x and x1 (-1: none) and makes tensor y, with its integers,
 * which are taken over. */
bool tflite_append(struct tfl_reader *r, struct layer *l, struct tfl_layer *k, int x, int x1, int y,
                   const char *op);
/* The same without a tensor of the file as output: the map between two layers of one operator;
 * *made is its index. */
bool tflite_append_inner(struct tfl_reader *r, struct layer *l, struct tfl_layer *k, int *made);

/* A clamp in the output's own scale behind the newest layer of tensor y, unless the activation is
 * none. */
bool tflite_fused(struct tfl_reader *r, size_t options, int id, enum activation *act,
                  const char *op, int t);
bool tflite_clamp_after(struct tfl_reader *r, enum activation act, int y, const char *op);

/* A box whose dimensions d[n], with steps in two maps, are merged to four. */
bool tflite_box(struct layer_box *b, int n, const int *d, const int *step0, const int *step1);

#endif
