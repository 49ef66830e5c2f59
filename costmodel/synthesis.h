/* What yosys makes of the RTL (costmodel/synthesis.yaml, written by `make synth`): the cells of
 * designs that were synthesised, and linear forms fitted to a stated half of them for the
 * others. The fit is solved each time the file is read, so that no fitted number is stored; the
 * other half is held out and states its error. */
#ifndef COSTMODEL_SYNTHESIS_H
#define COSTMODEL_SYNTHESIS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* The parameters of the RTL that decide what it takes on the chip. */
struct rtl_design {
    uint64_t rows, columns, weight, kernel, ring, image_lanes, image_depth, map_depth, pool_depth,
        affine_depth, program_depth, feature_word, feature_banks, feature_blocks, weight_word,
        weight_banks, weight_blocks;
};

struct rtl_cells {
    bool synthesised; /* this very design; else by the fitted forms, and no path is known */
    uint64_t dsp, lut, ff, bram36;
    uint64_t levels, lut_levels, cells_ps; /* of the slowest path, nets left out */
};

enum { MAX_SYNTHESISED = 32, SYNTHESIS_TERMS = 4 };

struct synthesis {
    struct {
        char name[32];
        bool fit; /* else held out */
        struct rtl_design design;
        struct rtl_cells cells;
    } row[MAX_SYNTHESISED];
    int n;
    double lut[SYNTHESIS_TERMS], ff[SYNTHESIS_TERMS]; /* coefficients of the terms below */
    char tool[32], command[64], sha256[65];
};

/* Reads costmodel/synthesis.yaml and solves the fit. */
bool synthesis_load(struct synthesis *s, struct err *e);

/* Cells of a design: those that were counted, or those of the fitted forms. */
void synthesis_cells(const struct synthesis *s, const struct rtl_design *d, struct rtl_cells *out);
/* The fitted forms alone, also for a design that was synthesised. */
void synthesis_fitted(const struct synthesis *s, const struct rtl_design *d, struct rtl_cells *out);

/* LUTs that are memory: constants, program, lines, pool row; exact. */
uint64_t synthesis_lutram(const struct rtl_design *d);

#endif
