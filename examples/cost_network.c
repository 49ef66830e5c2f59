/* Prints what each layer of a network costs on an accelerator:
 *
 *   cc examples/cost_network.c $(pkg-config --cflags --libs etinysim) -o cost_network
 *   ./cost_network etinynet-0.75 tinynpu */
#include <stdio.h>

#include <etinysim/npu.h>

int main(int argc, char **argv)
{
    struct etinysim_npu_options o = ETINYSIM_NPU_OPTIONS_INIT;
    struct etinysim_error e = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: cost_network NETWORK ACCELERATOR\n");
        return 2;
    }
    o.network = argv[1];
    o.accelerator = argv[2];
    struct etinysim_npu *n = etinysim_npu_open(&o, &e);
    if (!n) {
        fprintf(stderr, "cost_network: %s\n", e.text);
        return e.code;
    }

    struct etinysim_npu_layer l = ETINYSIM_NPU_LAYER_INIT;
    for (size_t i = 0; etinysim_npu_layer(n, i, &l); i++)
        printf("%-14s %-18s %3d x %3d x %3d %10llu macs %8llu cycles %5.1f %% %8.2f uJ\n", l.name,
               l.op, l.out[0], l.out[1], l.out[2], (unsigned long long)l.macs,
               (unsigned long long)l.cycles, l.utilisation * 100, l.energy_uj);

    struct etinysim_npu_result r = ETINYSIM_NPU_RESULT_INIT;
    etinysim_npu_result(n, &r);
    printf("all: %zu layers, %llu macs, %llu cycles, %.3f ms, %.1f uJ, %s\n", r.layers,
           (unsigned long long)r.macs, (unsigned long long)r.cycles, r.seconds * 1e3, r.energy_uj,
           r.fits ? "fits" : r.fit);
    etinysim_npu_close(n);
    return 0;
}
