/* An accelerator description of any bytes: refused with a message, or a model whose numbers are
 * finite and add up. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "costmodel/npu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct network *net;
    struct err e = {0};
    if (!net && !(net = network_load("etinynet-0.75", 0, 32, &e)))
        abort();
    struct accelerator *a = accelerator_parse("fuzz.yaml", (const char *)data, size, NULL, &e);
    struct npu *n = a ? npu_open(a, net, 0, 0, &e) : NULL;
    if (!n && (!e.code || !e.msg[0]))
        abort(); /* refused without saying why */
    if (n) {
        struct rows rows = {0};
        double pj = 0;
        if (!npu_rows(n, &rows, &e))
            abort();
        for (int i = 0; i < ENERGY_PARTS; i++)
            pj += n->pj[i];
        if (!isfinite(n->seconds) || !(n->seconds > 0) || !isfinite(pj) || pj < 0 ||
            n->macs != net->macs || n->resources.fits == (n->resources.what[0] != '\0'))
            abort();
        rows_free(&rows);
    }
    npu_close(n);
    free(a);
    return 0;
}
