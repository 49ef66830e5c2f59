#include "workloads/graph/tflite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "workloads/firmware/nn.h"
#include "workloads/graph/tflite_reader.h"

/* Field numbers: tensorflow/lite/schema/schema.fbs (key tflite-schema). */
enum { MAX_FILE = 64 << 20, MAX_ITEMS = 8192, MAX_INPUT = 1 << 22 };

/* All reasons in one line. */
static bool refused(struct tfl_reader *r)
{
    struct buf b = {0};
    for (int i = 0; i < r->nreasons; i++) {
        const struct tfl_reason *n = &r->reason[i];
        buf_printf(&b, "%s%s", i ? "; " : "", n->text);
        if (n->count > 1)
            buf_printf(&b, " and %d more", n->count - 1);
        buf_printf(&b, ": %s", n->what);
    }
    if (r->more)
        buf_printf(&b, "; and %d more", r->more);
    err_at(r->e, r->path, 0, "%s", buf_text(&b));
    buf_free(&b);
    return false;
}

/* ---- the file ---- */

static const struct {
    uint32_t code;
    const char *name;
    tfl_operator *read;
    int detail;
} operators[] = {
#define TFL(code, name, function, detail) {code, #name, tflite_read_##function, detail},
#include "workloads/graph/tflite_ops.def"
};

bool tflite_read_unsupported(struct tfl_reader *r, const struct tfl_call *c)
{
    return tflite_refuse(r, c->op, c->y, "is not supported");
}

/* Whole numbers of 32 bits that only say a shape: the tensors that are reshaped to it state
 * theirs. */
static bool says_shape(struct tfl_reader *r, const struct tfl_call *c)
{
    int type = tflite_type(r, c->y);
    return type == TFL_INT32 || type == 4; /* int64 */
}

/* Of an operator that the list does not have. */
static const char *code_name(struct tfl_reader *r, uint32_t code)
{
    char text[16];
    snprintf(text, sizeof text, "code %u", (unsigned)code);
    for (int i = 0; i < r->nunknown; i++)
        if (!strcmp(r->unknown[i], text))
            return r->unknown[i];
    if (r->nunknown == sizeof r->unknown / sizeof *r->unknown)
        return "of another code";
    memcpy(r->unknown[r->nunknown], text, sizeof text);
    return r->unknown[r->nunknown++];
}

static bool operator_at(struct tfl_reader *r, size_t table)
{
    struct fb_file *f = &r->f;
    struct tfl_call c = {.in = fb_vector(f, table, 1, 4), .out = fb_vector(f, table, 2, 4)};
    size_t code_table = fb_table(f, r->codes, (uint64_t)fb_number(f, table, 0, 4, 0));
    uint32_t old = (uint32_t)fb_number(f, code_table, 0, 1, 0) & 255,
             code = (uint32_t)fb_number(f, code_table, 3, 4, 0);
    code = code > old ? code : old; /* files before and after codes beyond 127 */
    c.options = fb_follow(f, fb_field(f, table, 4));
    c.op = NULL;
    tfl_operator *read = tflite_read_unsupported;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (operators[i].code == code)
            c.op = operators[i].name, read = operators[i].read, c.detail = operators[i].detail;
    if (!c.op)
        c.op = code_name(r, code);
    c.x = c.in.n ? fb_item(f, c.in, 0) : -1;
    if (f->bad)
        return false;
    if (!c.out.n)
        return tflite_refuse(r, c.op, c.x, "makes nothing");
    bool ok = true;
    for (size_t i = 0; i < c.out.n; i++) {
        int t = fb_item(f, c.out, i);
        ok = ok && !f->bad && t >= 0 && (size_t)t < r->tensors.n;
    }
    for (size_t i = 0; ok && i < c.in.n; i++) {
        int t = fb_item(f, c.in, i);
        ok = !f->bad && t >= -1 && (t < 0 || (size_t)t < r->tensors.n);
    }
    if (!ok)
        return err_at(r->e, r->path, 0, "operator %s: its inputs and outputs are damaged", c.op);
    c.y = fb_item(f, c.out, 0);
    if (says_shape(r, &c) && read != tflite_read_unsupported)
        return true;
    if (says_shape(r, &c) && code == 77)
        return true;
    if (c.x < 0)
        return tflite_refuse(r, c.op, c.y, "has no input");
    /* No layer reads what is made after it. */
    for (size_t i = 0; i < c.out.n; i++) {
        const struct tfl_made *m = &r->made[fb_item(f, c.out, i)];
        if (m->by != LAYER_NONE || m->unpadded >= 0)
            return tflite_refuse(r, c.op, fb_item(f, c.out, i), "is made before");
    }
    ok = read(r, &c);
    for (size_t i = 0; i < c.out.n; i++)
        r->made[fb_item(f, c.out, i)].refused |= !ok;
    return ok;
}

/* The inputs, one after the other; with several of them each is copied from there. */
static bool read_inputs(struct tfl_reader *r, struct fb_span inputs)
{
    struct network *net = r->b.net;
    struct tflite *t = r->t;
    uint64_t total = 0;
    if (inputs.n < 1 || inputs.n > TFL_ENDS)
        return err_at(r->e, r->path, 0, "%zu inputs, expected 1 to %d", inputs.n, TFL_ENDS);
    for (size_t i = 0; i < inputs.n; i++) {
        int x = fb_item(&r->f, inputs, i);
        if (r->f.bad || x < 0 || (size_t)x >= r->tensors.n)
            return err_at(r->e, r->path, 0, "its input or output is no tensor");
        struct tfl_tensor *in = &t->in[t->nin++];
        struct tfl_shape s = tflite_shape(r, x);
        *in = (struct tfl_tensor){.type = (enum tfl_type)tflite_type(r, x),
                                  .dims = s.n,
                                  .values = tflite_values(&s),
                                  .at = (int)total};
        memcpy(in->d, s.d, sizeof in->d);
        tflite_name(r, x, in->name);
        r->made[x].by = LAYER_INPUT;
        total += in->values;
        if (!in->values || total > MAX_INPUT)
            return tflite_refuse(r, "input", x, "expected 1 to 4194304 values");
        if (in->type != TFL_FLOAT32 && !tflite_quant(r, x, &in->quant, "input"))
            return false;
    }
    if (t->nin == 1)
        return tflite_map(r, fb_item(&r->f, inputs, 0), &net->in_h, &net->in_w, &net->in_c,
                          "input");
    enum { ROW = 256 };
    net->in_h = 1;
    net->in_w = total > TFL_MAX_SIDE ? (int)((total + ROW - 1) / ROW) : 1;
    net->in_c = total > TFL_MAX_SIDE ? ROW : (int)total;
    return true;
}

/* An input among several, as the map that its first reader takes. */
static bool split_input(struct tfl_reader *r, int i, int x)
{
    struct layer l = {.op = OP_MOVE, .in = {LAYER_INPUT, LAYER_NONE}};
    struct tfl_layer k = {0};
    const struct tfl_tensor *in = &r->t->in[i];
    if (!tflite_map(r, x, &l.out_h, &l.out_w, &l.out_c, "input"))
        return false;
    l.box =
        (struct layer_box){{1, 1, 1, (int)in->values}, {{0, 0, 0, 1}, {0, 0, 0, 1}}, {in->at, 0}};
    if (in->type == TFL_FLOAT32)
        return tflite_refuse(r, "input", x, "is one of several and in floating point");
    return tflite_append(r, &l, &k, x, -1, x, "input");
}

static bool read_outputs(struct tfl_reader *r, struct fb_span outputs)
{
    struct tflite *t = r->t;
    if (outputs.n < 1 || outputs.n > TFL_ENDS)
        return err_at(r->e, r->path, 0, "%zu outputs, expected 1 to %d", outputs.n, TFL_ENDS);
    for (size_t i = 0; i < outputs.n; i++) {
        int y = fb_item(&r->f, outputs, i);
        if (r->f.bad || y < 0 || (size_t)y >= r->tensors.n)
            return err_at(r->e, r->path, 0, "its input or output is no tensor");
        struct tfl_tensor *out = &t->output[t->noutputs];
        struct tfl_shape s = tflite_shape(r, y);
        *out = (struct tfl_tensor){
            .type = (enum tfl_type)tflite_type(r, y), .dims = s.n, .values = tflite_values(&s)};
        memcpy(out->d, s.d, sizeof out->d);
        tflite_name(r, y, out->name);
        if (!tflite_input(r, y, &out->layer, "output"))
            return false;
        if (out->layer < 0)
            return tflite_refuse(r, "output", y, "is an input as it is");
        if (!tflite_quant(r, r->made[y].bytes_of, &out->quant, "output"))
            return false;
        if (r->b.net->layer[out->layer].out_bytes != out->values)
            return tflite_refuse(r, "output", y, "its shape is not what the operator makes");
        t->noutputs++;
    }
    r->b.net->classes = (int)t->output[0].values;
    return true;
}

static bool read_graph(struct tfl_reader *r, size_t graph)
{
    struct fb_file *f = &r->f;
    struct fb_span inputs = fb_vector(f, graph, 1, 4), outputs = fb_vector(f, graph, 2, 4),
                   ops = fb_vector(f, graph, 3, 4);
    r->tensors = fb_vector(f, graph, 0, 4);
    if (f->bad || r->tensors.n > MAX_ITEMS || ops.n > MAX_ITEMS || !ops.n)
        return err_at(r->e, r->path, 0, "expected 1 to %d operators and tensors", MAX_ITEMS);
    size_t n = r->tensors.n ? r->tensors.n : 1;
    r->made = malloc(n * sizeof *r->made);
    if (!r->made)
        return err_nomem(r->e);
    for (size_t i = 0; i < n; i++)
        r->made[i] = (struct tfl_made){.by = LAYER_NONE, .unpadded = -1, .bytes_of = (int)i};
    if (!read_inputs(r, inputs))
        return false;
    for (int i = 0; r->t->nin > 1 && i < r->t->nin; i++)
        if (!split_input(r, i, fb_item(f, inputs, (size_t)i)))
            return false;
    for (size_t i = 0; i < ops.n; i++)
        if (!operator_at(r, fb_table(f, ops, i)) && (r->e->code || f->bad))
            return false;
    if (r->nreasons || f->bad)
        return false;
    if (!r->b.net->nlayers)
        return err_at(r->e, r->path, 0, "no layer is left");
    r->t->input = r->t->in[0].quant;
    return read_outputs(r, outputs);
}

static bool read_model(struct tfl_reader *r)
{
    struct fb_file *f = &r->f;
    if (f->n < 8 || memcmp(f->p + 4, "TFL3", 4))
        return err_at(r->e, r->path, 0, "not a TensorFlow Lite file: no TFL3 at byte 4");
    size_t model = (size_t)fb_get(f, 0, 4);
    struct fb_span graphs = fb_vector(f, model, 2, 4);
    r->codes = fb_vector(f, model, 1, 4);
    r->buffers = fb_vector(f, model, 4, 4);
    if (f->bad || graphs.n < 1)
        return err_at(r->e, r->path, 0, "%zu subgraphs, expected 1 or more", graphs.n);
    /* Further subgraphs are bodies of operators that would be refused by name. */
    return read_graph(r, fb_table(f, graphs, 0));
}

struct network *tflite_parse(const char *path, const void *bytes, size_t n, struct err *e)
{
    struct err own = {0}, *to = e ? e : &own;
    struct tfl_reader r = {
        .f = {.p = bytes, .n = n}, .path = path, .e = to, .t = calloc(1, sizeof *r.t)};
    struct network *net = calloc(1, sizeof *net);
    bool ok = r.t && net ? true : err_nomem(to);
    if (ok) {
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        r.b = (struct build){.net = net, .width = 1, .path = path, .e = to};
        snprintf(net->name, sizeof net->name, "%.*s", (int)strcspn(name, "."), name);
        net->width = 1;
        net->tflite = r.t;
        data_sha256(bytes, n, r.t->sha256);
        ok = read_model(&r);
    } else {
        free(r.t);
    }
    free(r.made);
    if (!ok) {
        if (r.f.bad)
            err_at(to, path, 0, "damaged: an offset leads outside the file");
        else if (!to->code)
            refused(&r);
        network_free(net);
        return NULL;
    }
    return net;
}

struct network *tflite_load(const char *path, struct err *e)
{
    struct buf b = {0};
    struct network *n = NULL;
    if (buf_read_file(&b, path, MAX_FILE, e))
        n = tflite_parse(path, buf_text(&b), b.len, e);
    buf_free(&b);
    return n;
}
