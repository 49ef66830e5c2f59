/* What the model of npu.h says about a network on an accelerator. */
#ifndef COSTMODEL_NPU_RESULT_H
#define COSTMODEL_NPU_RESULT_H

#include "costmodel/accelerator.h"

enum operand {
    OPD_INPUT,
    OPD_SHORTCUT,
    OPD_WEIGHT,
    OPD_AFFINE,
    OPD_PSUM,
    OPD_LINE,
    OPD_OUTPUT,
    OPD_DRAM_INPUT,
    OPD_DRAM_WEIGHT,
    OPD_DRAM_OUTPUT,
    OPD_MAP_BUFFER,
    OPD_WEIGHT_BUFFER,
    OPD_COUNT
};
extern const char *const npu_operand_names[OPD_COUNT];

struct npu_traffic {
    int memory;                     /* -1: in registers of the array, not counted */
    uint64_t reads, writes;         /* words */
    uint64_t read_bits, write_bits; /* useful bits of them */
};

/* What binds a layer: the memory with this index, or */
enum { ROOF_COMPUTE = -1, ROOF_LINK = -2, ROOF_HIDDEN = -3 };

enum energy_part {
    E_STATIC,
    E_CLOCK,
    E_LOGIC,
    E_MAC,
    E_IO,
    E_MEMORY
}; /* E_MEMORY + index of the memory */
enum { ENERGY_PARTS = E_MEMORY + MAX_MEMORIES };
enum { ENGINE_VECTOR = -1, ENGINE_FUSED = -2 };

struct npu_layer {
    int engine; /* index, ENGINE_VECTOR, or ENGINE_FUSED: done inside layer `group` */
    int group;  /* first layer of its pipeline; itself when alone */
    /* multiply-accumulates, per-channel multiply-adds, vector operations */
    uint64_t macs, affine, vector;
    uint64_t compute, fill, store, stall, link; /* cycles; exposed ones sum to cycles */
    uint64_t cycles;    /* that the layer adds to the frame: 0 when hidden behind its pipeline */
    uint64_t link_bits; /* bits that cross the link for it */
    uint64_t busy;      /* what it would take alone */
    double utilisation; /* macs over busy x multipliers of its engine */
    int roof;
    struct npu_traffic traffic[OPD_COUNT];
    double pj[ENERGY_PARTS]; /* static and clock by cycles */
};

struct npu_resources {
    bool fits;
    struct {
        uint64_t need, blocks;
    } memory[MAX_MEMORIES]; /* bytes needed; BRAM36 they take */
    char what[400];         /* "" or: which memory, which layer, how many bytes too many; ... */
    uint64_t feature_peak;  /* bytes of live maps */
    int feature_layer;      /* where */
    uint64_t onchip_bytes, bram36, dsp, lut, ff;                       /* ff: 0, not known */
    enum { COUNT_ESTIMATED, COUNT_FITTED, COUNT_SYNTHESISED } counted; /* dsp and lut */
    uint64_t levels, lut_levels, cells_ps; /* slowest path of a synthesised design; 0: not known */
};

struct npu {
    const struct accelerator *accel;
    const struct network *net;
    uint64_t wbits, abits;
    int nlayers;
    struct npu_layer *layer;                  /* owned, one per network layer */
    uint64_t macs, cycles, link_in, link_out; /* link cycles of the image and of the result */
    uint64_t image_bits, result_bits;
    double seconds, watts, energy_uj;
    double pj[ENERGY_PARTS];
    struct npu_resources resources;
    double lut_pj; /* the constant in force, per LUT and cycle */
};

/* Where a map lies in the feature memory, and from which layer to which it lives. */
struct npu_map {
    int layer; /* producer, or LAYER_INPUT */
    int first, last;
    uint64_t offset, bytes;
};

#endif
