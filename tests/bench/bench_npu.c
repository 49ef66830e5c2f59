/* Whole-network evaluations of the accelerator model per second on one core, a design changed
 * before each. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "costmodel/fit.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void)
{
    struct err e = {0};
    struct accelerator_fit fit;
    struct network *net = network_load("etinynet-0.75", 0, 0, &e);
    struct accelerator *a = net ? accelerator_load("xc7a100t-etinynet", NULL, &e) : NULL;
    struct npu *n = a && accelerator_fit(a, &fit, &e) ? npu_open(a, net, 4, 8, &e) : NULL;
    if (!n) {
        fprintf(stderr, "bench_npu: %s\n", e.msg);
        return 1;
    }
    double best = 0, sum = 0;
    for (int round = 0; round < 5; round++) {
        enum { TIMES = 4000 };
        double start = now();
        for (int i = 0; i < TIMES; i++) {
            a->engine[0].rows = 4 + (uint64_t)(i & 15);
            a->engine[0].columns = 8 + (uint64_t)(i >> 4 & 15);
            if (!npu_evaluate(n, &e))
                return 1;
            sum += n->energy_uj;
        }
        double rate = TIMES / (now() - start);
        best = rate > best ? rate : best;
    }
    printf("bench: npu_evaluations_per_second %.0f 1/s target >=20000\n", best);
    npu_close(n);
    free(a);
    network_free(net);
    return !(sum > 0);
}
