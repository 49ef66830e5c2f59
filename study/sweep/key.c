#include "study/sweep/parts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/data.h"
#include "base/desc.h"
#include "base/process.h"
#include "workloads/graph/network.h"

enum { MAX_MEMO = 256, MAX_FILE = 256 << 20 };

struct keys {
    const struct spec *spec;
    struct memo {
        char path[4096], digest[65];
    } memo[MAX_MEMO];
    size_t n;
    char inputs[4][65]; /* weights, calibration, image, images to evaluate; "" = none */
    char firmware[65], cores[65], compiler[65]; /* of points on boards */
    char costs[4][65];                          /* of points on accelerators */
};

static bool digest_file(struct buf *text, const char *path, struct err *e)
{
    struct buf b = {0};
    char hex[65];
    bool ok = buf_read_file(&b, path, MAX_FILE, e);
    if (ok) {
        data_sha256(b.data, b.len, hex);
        buf_printf(text, "%s\n", hex);
    }
    buf_free(&b);
    return ok;
}

static int no_dots(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

/* Names and contents of all files below a folder, in the order of the names. */
static bool digest_tree(struct buf *text, const char *folder, int depth, struct err *e)
{
    struct dirent **list;
    int n = scandir(folder, &list, no_dots, alphasort);
    if (n < 0)
        return err_set(e, ERR_INPUT, "%s: cannot be read", folder);
    bool ok = true;
    for (int i = 0; i < n; i++) {
        char path[4096];
        struct stat st;
        int len = snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
        ok = ok && len > 0 && (size_t)len < sizeof path;
        if (ok && stat(path, &st) == 0) {
            buf_printf(text, "%s ", list[i]->d_name);
            if (S_ISDIR(st.st_mode))
                ok = depth > 8 || digest_tree(text, path, depth + 1, e);
            else if (S_ISREG(st.st_mode))
                ok = digest_file(text, path, e);
        }
        free(list[i]);
    }
    free(list);
    return ok;
}

static bool digest_path(const char *path, char hex[65], struct err *e)
{
    struct buf text = {0};
    struct stat st;
    bool ok = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? digest_tree(&text, path, 0, e)
                                                          : digest_file(&text, path, e);
    ok = ok && (!text.failed || err_nomem(e));
    if (ok)
        data_sha256(buf_text(&text), text.len, hex);
    buf_free(&text);
    return ok;
}

static bool digest_data(const char *relative, char hex[65], struct err *e)
{
    char path[4096];
    return data_need(path, sizeof path, relative, e) && digest_path(path, hex, e);
}

/* The compiler decides the code; without one there is nothing to simulate, and the points will say
 * so. */
static void digest_compiler(char hex[65])
{
    const char *const argv[] = {"arm-none-eabi-gcc", "--version", NULL};
    char line[256] = "none";
    struct buf said = {0};
    int status;
    if (process_run(argv, NULL, "gcc-arm-none-eabi", &said, &status, NULL) && said.len)
        snprintf(line, sizeof line, "%.*s", (int)strcspn(said.data, "\n") + 1, said.data);
    buf_free(&said);
    data_sha256(line, strlen(line), hex);
}

struct keys *keys_open(const struct spec *s, struct err *e)
{
    struct keys *k = calloc(1, sizeof *k);
    if (!k) {
        err_nomem(e);
        return NULL;
    }
    k->spec = s;
    const char *inputs[] = {s->weights, s->calibrate, s->image, s->evaluate};
    bool ok = true;
    for (int i = 0; ok && i < 4; i++)
        ok = !inputs[i] || digest_path(inputs[i], k->inputs[i], e);
    for (size_t f = 0; ok && f < s->nfamilies; f++) {
        if (s->family[f].accelerator) {
            /* An accelerator may take its calibration from another one, and that from a network. */
            ok = digest_data("costmodel/energy", k->costs[0], e) &&
                 digest_data("costmodel/accelerators", k->costs[1], e) &&
                 digest_data("costmodel/scaling.yaml", k->costs[2], e) &&
                 digest_data("workloads/networks", k->costs[3], e);
        } else {
            ok = digest_data("workloads/firmware", k->firmware, e) &&
                 digest_data("isa/cores", k->cores, e);
            digest_compiler(k->compiler);
        }
    }
    if (!ok) {
        free(k);
        return NULL;
    }
    return k;
}

void keys_free(struct keys *k)
{
    free(k);
}

static bool remembered(struct keys *k, const char *what, const char *folder, const char *name,
                       const char **hex, struct err *e)
{
    char path[4096];
    if (!data_find(path, sizeof path, what, folder, name, e))
        return false;
    for (size_t i = 0; i < k->n; i++)
        if (!strcmp(k->memo[i].path, path)) {
            *hex = k->memo[i].digest;
            return true;
        }
    struct memo *m = &k->memo[k->n < MAX_MEMO - 1 ? k->n++ : k->n];
    *hex = m->digest;
    snprintf(m->path, sizeof m->path, "%s", path);
    return digest_path(path, m->digest, e);
}

/* The resolved layers rather than the file: a network may be described by reference to another. */
static void network_text(struct buf *t, const struct network *n)
{
    buf_printf(t, "network %s %.17g %d %d %d %d\n", n->name, n->width, n->in_h, n->in_w, n->in_c,
               n->classes);
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        buf_printf(t, "%s %s %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %s %s\n", l->name,
                   op_name(l->op), l->in[0], l->in[1], l->in_h, l->in_w, l->in_c, l->out_h,
                   l->out_w, l->out_c, l->kernel, l->stride, l->pad, (int)l->act, l->bn,
                   l->bn_after_act, l->bias, l->fused_pool, l->param, l->param_bn);
        buf_printf(t, "%d %d %d %d %d\n", l->kernel_x, l->stride_x, l->pad_x, l->groups, l->first);
    }
}

bool keys_machine(struct keys *k, const struct sweep_point *p, char key[65], struct err *e)
{
    const char *hex = "";
    struct buf t = {0};
    if (!remembered(k, "board", "sim/boards", point_get(p, "board", ""), &hex, e))
        return false;
    buf_printf(&t, "etinysim %s\nboard %s\ncores %s\nfirmware %s\ncompiler %s\n", ETINYSIM_VERSION,
               hex, k->cores, k->firmware, k->compiler);
    if (!t.failed)
        data_sha256(buf_text(&t), t.len, key);
    bool ok = !t.failed || err_nomem(e);
    buf_free(&t);
    return ok;
}

bool keys_network(struct keys *k, const struct sweep_point *p, char key[65], struct err *e)
{
    struct network *n = point_network(p, e);
    if (!n)
        return false;
    struct buf t = {0};
    buf_printf(&t, "etinysim %s agreement\n", ETINYSIM_VERSION);
    network_text(&t, n);
    network_free(n);
    buf_printf(&t, "quantiser %s\nweights %s\ncalibration %s\nevaluation %s\n",
               qmodel_quantiser_names[point_quantiser(p)], k->inputs[0], k->inputs[1],
               k->inputs[3]);
    if (!t.failed)
        data_sha256(buf_text(&t), t.len, key);
    bool ok = !t.failed || err_nomem(e);
    buf_free(&t);
    return ok;
}

bool keys_point(struct keys *k, const struct sweep_point *p, bool shared, char key[65],
                struct err *e)
{
    const char *hex = "";
    struct buf t = {0};
    bool accelerator = p->family->accelerator;
    buf_printf(&t, "etinysim %s %s\n", ETINYSIM_VERSION, accelerator ? "npu" : "iss");
    for (size_t a = 0; a < p->family->naxes; a++)
        buf_printf(&t, "%s=%s\n", p->family->axis[a]->name, p->value[a]);
    bool ok = true;
    struct err unknown = {0}; /* a width or size the network cannot take decides the result, too */
    struct network *n = point_network(p, &unknown);
    if (n)
        network_text(&t, n);
    else
        buf_printf(&t, "%s\n", unknown.msg);
    network_free(n);
    if (accelerator) {
        ok = remembered(k, "accelerator", "costmodel/accelerators", point_get(p, "accelerator", ""),
                        &hex, e);
        buf_printf(&t, "accelerator %s\ncosts %s %s %s %s\n", hex, k->costs[0], k->costs[1],
                   k->costs[2], k->costs[3]);
    } else {
        char machine[65] = "";
        ok = keys_machine(k, p, machine, e);
        buf_printf(&t, "machine %s%s\n", machine, shared ? " layers shared" : "");
        buf_printf(&t, "weights %s\ncalibration %s\nimage %s\n", k->inputs[0], k->inputs[1],
                   k->inputs[2]);
    }
    if (ok && t.failed)
        ok = err_nomem(e);
    if (ok)
        data_sha256(buf_text(&t), t.len, key);
    buf_free(&t);
    return ok;
}
