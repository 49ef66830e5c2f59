/* Energy tables: costmodel/energy/NAME.yaml. What one operation, one access and one cycle cost in a
 * technology, and their scaling to another node and supply voltage. All energies in pJ. */
#ifndef COSTMODEL_ENERGY_H
#define COSTMODEL_ENERGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { MAX_MEMORY_ROWS = 48 };

struct memory_row {
    double bytes, bits; /* capacity and word width */
    double read_pj, write_pj, leak_w;
};

/* Parts of a table that have a source of their own. */
enum energy_source {
    PART_MULTIPLY,
    PART_ADD,
    PART_REGISTER,
    PART_DSP,
    PART_LUT,
    PART_BRAM,
    PART_LUTRAM,
    PART_RAM,
    PART_DRAM,
    PART_COUNT
};

struct energy {
    char name[48];
    double node_nm, voltage;
    bool has_fpga, has_dram;
    double mul_pj_bit2;      /* multiply: times the product of the operand widths */
    double add_pj_bit;       /* add: times the width */
    double reg_pj_bit;       /* a clocked register bit */
    double gate_leak_w_bit2; /* leakage of a multiplier, per product of widths */
    /* per active cycle, LUT-cycle, access */
    double dsp_pj, lut_pj, bram_read_pj, bram_write_pj, lutram_pj_bit;
    double dram_pj_bit, dram_standby_w;
    struct memory_row row[MAX_MEMORY_ROWS];
    int nrows;
    double size_exponent, width_exponent; /* beyond the rows: energy ~ size^a width^b */
    char source[PART_COUNT][160]; /* of each part: a key of docs/sources.md or "assumed: why" */
    char sha256[65];              /* of the file */
};

/* ERR_INPUT with file and line. */
bool energy_load(const char *name, struct energy *out, struct err *e);

/* Energy of node and voltage over that of the table: (a V^2 + b V + c) of both, nodes between two
 * rows interpolated linearly (Stillmaker and Baas). ERR_INPUT outside 7 to 130 nm. */
bool energy_factor(double node_nm, double voltage, const struct energy *t, double *factor,
                   struct err *e);

/* Read, write and leakage of a RAM of `bytes` with `bits` wide words, from the rows: log-log
 * interpolation in size between rows of one width, then in width; the exponents carry on outside.
 * False when the table has no rows. */
bool energy_ram(const struct energy *t, double bytes, double bits, struct memory_row *out);

#endif
