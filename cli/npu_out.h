/* How `etinysim npu` prints: one JSON document, or tables with units. */
#ifndef CLI_NPU_OUT_H
#define CLI_NPU_OUT_H

#include <stdint.h>

#include "base/err.h"
#include "costmodel/fit.h"
#include "costmodel/explore.h"
#include "costmodel/published.h"
#include "costmodel/system.h"

struct npu_show { /* what there is to show; NULL or 0: not asked for */
    const struct npu *npu;
    const struct accelerator_fit *fit;
    const struct swing *swing;
    int nswings;
    double factor;
    const struct design *design;
    int ndesigns;
    const struct mcu *mcu;
    const struct system_result *system;
    const char *mcu_source;
    double battery_mwh;
    bool accesses, map;
    const char *overlay; /* what measured runs scaled it; NULL: nothing */
    bool own_size;       /* the network at its own width and input */
};

/* Both print on stdout; false with *e when a name is unknown or there is no memory. */
bool npu_print_json(const struct npu_show *s, struct err *e);
bool npu_print_text(const struct npu_show *s, struct err *e);
bool npu_published_json(const struct published *p, struct err *e);
void npu_published_text(const struct published *p);
/* What binds a layer, in words: `roof` of struct npu_layer. */
const char *npu_roof(const struct npu *n, int roof);
/* Cycles of all layers that `roof` binds. */
uint64_t npu_bound_by(const struct npu *n, int roof);
/* Name of an entry of npu_layer.pj; "" behind the last memory. */
const char *npu_energy_part(const struct npu *n, int part);
/* Where the counts of DSPs and LUTs come from, by struct npu_resources's `counted`. */
extern const char *const npu_counted[];

#endif
