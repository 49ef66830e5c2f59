/* MXNet parameter files: any bytes give tensors whose elements are there, or an error with a
 * reason. */
#include <stdint.h>
#include <stdlib.h>

#include "workloads/quantise/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct params *p = params_parse("fuzz.params", data, size, &e);
    if (!p && (e.code == ERR_NONE || !e.msg[0]))
        abort();
    for (size_t i = 0; p && i < p->n; i++) {
        volatile float sum = 0;
        for (size_t j = 0; j < p->tensor[i].n; j++)
            sum = sum + p->tensor[i].data[j];
        params_need(p, p->tensor[i].name, "", p->tensor[i].n, NULL);
    }
    params_free(p);
    return 0;
}
