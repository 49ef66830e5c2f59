/* TensorFlow Lite models: any bytes give a network that can be quantised and run, or an error with
 * a reason. */
#include <stdint.h>
#include <stdlib.h>

#include "workloads/kernels/reference.h"
#include "workloads/quantise/quant.h"
#include "workloads/graph/tflite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct network *n = tflite_parse("fuzz.tflite", data, size, &e);
    if (!n && (e.code == ERR_NONE || !e.msg[0]))
        abort();
    uint64_t work = n ? n->macs : 0;
    for (int i = 0; n && i < n->nlayers; i++)
        work += n->layer[i].out_bytes;
    if (n && work < 1000000) { /* larger ones are only slower */
        struct qmodel *q = qmodel_build(n, NULL, NULL, 8, QUANT_INT8, &e);
        int8_t *image = calloc((size_t)n->in_h * (size_t)n->in_w * (size_t)n->in_c, 1);
        int32_t *logits = malloc((size_t)n->classes * sizeof *logits);
        if (q && image && logits)
            reference_infer(q, image, logits, NULL, &e);
        else if (!q && e.code == ERR_NONE)
            abort();
        free(image);
        free(logits);
        qmodel_free(q);
    }
    network_free(n);
    return 0;
}
