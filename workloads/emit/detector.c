#include "workloads/emit/detector.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "workloads/graph/tflite_integers.h"
#include "workloads/kernels/kernel.h"
#include "workloads/kernels/reference.h"

enum { MAX_PRIORS = 2 + 2 * MAX_RATIOS };

static int priors_of(const struct head *h, float prior[MAX_PRIORS][2])
{
    float between = sqrtf(h->size * h->next);
    int n = 0;
    prior[n][0] = prior[n][1] = h->size;
    n++;
    prior[n][0] = prior[n][1] = between;
    n++;
    for (int i = 0; i < h->nratios; i++) {
        float root = sqrtf(h->ratio[i]);
        prior[n][0] = prior[n + 1][1] = h->size * root;
        prior[n][1] = prior[n + 1][0] = h->size / root;
        n += 2;
    }
    return n;
}

/* The C form of head i; maps and priors are filled in by the caller. */
static struct nn_head head_of(const struct qmodel *q, int i)
{
    const struct head *h = &q->net->detector->head[i];
    const struct layer *l = &q->net->layer[h->score];
    const struct qlayer *score = &q->layer[h->score], *box = &q->layer[h->box];
    return (struct nn_head){.h = (int16_t)l->out_h,
                            .w = (int16_t)l->out_w,
                            .priors = (int16_t)(2 + 2 * h->nratios),
                            .score_scale = score->out.scale,
                            .box_scale = box->out.scale,
                            .box_zp = box->out.zero_point};
}

static bool detect(const struct qmodel *q, int8_t *const *map, struct expected *x)
{
    const struct detector *d = q->net->detector;
    float prior[MAX_HEADS][MAX_PRIORS][2], table[256];
    struct nn_head head[MAX_HEADS];
    for (int i = 0; i < d->nheads; i++) {
        int score = d->head[i].score, box = d->head[i].box;
        head[i] = head_of(q, i);
        head[i].score = map[score];
        head[i].box = map[box];
        priors_of(&d->head[i], prior[i]);
        head[i].prior = (const float(*)[2])prior[i];
        x->crc32 = crc32_more(x->crc32, map[score], (size_t)q->net->layer[score].out_bytes);
        x->crc32 = crc32_more(x->crc32, map[box], (size_t)q->net->layer[box].out_bytes);
    }
    struct nn_detector c = {d->nheads, q->net->classes, d->most, head, d->score_min, d->iou_max};
    x->ndetections = nn_detect(&c, x->detection, table);
    x->top1 = -1;
    return true;
}

bool detector_expected(const struct qmodel *q, const int8_t *image, struct expected *x,
                       struct err *e)
{
    const struct network *n = q->net;
    size_t classes = (size_t)n->classes;
    int32_t *logits = calloc(classes, sizeof *logits);
    bool keep = n->detector || n->tflite;
    int8_t **map = keep ? calloc((size_t)n->nlayers, sizeof *map) : NULL;
    *x = (struct expected){0};
    bool ok = logits && (map || !keep) ? reference_infer(q, image, logits, map, e) : err_nomem(e);
    if (ok && n->detector) {
        detect(q, map, x);
    } else if (ok) {
        for (int i = 0; n->tflite && i < n->tflite->noutputs; i++) {
            int from = n->tflite->output[i].layer;
            x->crc32 = crc32_more(x->crc32, map[from], (size_t)n->layer[from].out_bytes);
        }
        int32_t zero = q->layer[network_result(n)].out.zero_point;
        if (kernel_class(kernel_of(n, n->nlayers - 1))->output == KERNEL_OUTPUT_LOGITS)
            x->crc32 = crc32_more(0, logits, classes * 4);
        else
            for (size_t i = 0; !n->tflite && i < classes; i++) { /* the map's own bytes */
                int8_t level = (int8_t)(logits[i] + zero);
                x->crc32 = crc32_more(x->crc32, &level, 1);
            }
        for (size_t i = 1; i < classes; i++)
            if (logits[i] > logits[x->top1])
                x->top1 = (int)i;
    }
    for (int i = 0; map && i < n->nlayers; i++)
        free(map[i]);
    free(map);
    free(logits);
    return ok;
}

void detector_emit(struct buf *b, const struct qmodel *q, const struct plan *p)
{
    const struct detector *d = q->net->detector;
    buf_str(b, "\n#include \"nn_detect.h\"\n");
    for (int i = 0; i < d->nheads; i++) {
        float prior[MAX_PRIORS][2];
        int n = priors_of(&d->head[i], prior);
        buf_printf(b, "static const float priors_%d[][2] = {", i);
        for (int k = 0; k < n; k++)
            buf_printf(b, " { %.9g, %.9g },", (double)prior[k][0], (double)prior[k][1]);
        buf_str(b, " };\n");
    }
    buf_str(b, "static const struct nn_head heads[] = {\n");
    for (int i = 0; i < d->nheads; i++) {
        struct nn_head h = head_of(q, i);
        buf_printf(b,
                   "    { arena + %" PRIu32 ", arena + %" PRIu32
                   ", %d, %d, %d, %.9g, %.9g, %" PRId32 ", priors_%d },\n",
                   p->step[plan_step_of(p, d->head[i].score)].out_at,
                   p->step[plan_step_of(p, d->head[i].box)].out_at, h.h, h.w, h.priors,
                   (double)h.score_scale, (double)h.box_scale, h.box_zp, i);
    }
    buf_printf(
        b, "};\nstatic const struct nn_detector detector = { %d, %d, %d, heads, %.9g, %.9g };\n",
        d->nheads, q->net->classes, d->most, (double)d->score_min, (double)d->iou_max);
    buf_printf(
        b,
        "static struct nn_detection found[%d];\nstatic int32_t nfound;\nstatic float "
        "exponentials[256];\n"
        "__attribute__((noinline)) static void layer_detect(int32_t strip)\n{\n    (void)strip;\n"
        "    nfound = nn_detect(&detector, found, exponentials);\n}\n",
        d->most);
}
