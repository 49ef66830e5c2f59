/* What a run leaves behind: scopes, tallies, costs and peaks, as in docs/schema.md. The simulator,
 * the accelerator model and the importers fill one `struct rows`; reports/ stores it in one
 * transaction.
 *
 *   Everything that happens is a tally (scope, component, action, count); everything it costs is
 *   a cost (component, action, cycles and pJ per count, source). Time and energy are their product.
 *
 * Tallies are *self* counts of a scope (not of its children), so that they can be summed. All
 * strings are copied. Zero-initialise; release with rows_free. Additions after a failed allocation
 * do nothing and set `failed`. */
#ifndef BASE_ROWS_H
#define BASE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_meta {
    char kind[8]; /* iss, npu, board or paper */
    char platform[64];
    char core[32];     /* "" when the platform has none */
    uint64_t clock_hz; /* 0 when unknown (paper) */
    char network[64];
    /* Which variant of the network; 0 or "" where that is not known. */
    double width;   /* width multiplier */
    char shape[24]; /* of the input: height x width x channels, "224x224x3" */
    uint32_t wbits; /* bits of a weight and of an activation */
    uint32_t abits;
    char quant[16]; /* quantiser: int8, asq, dorefa */
    char tool_version[32];
    char inputs_sha256[65], elf_sha256[65]; /* "" when there is none */
    char started_at[32];                    /* ISO 8601 UTC */
    char *config_json;                      /* owned; NULL means {} */
};

struct scope_row {
    char name[128];
    int parent; /* index into scope[], -1 for the root */
    int seq;    /* order of first entry */
    char op[24];
    uint64_t macs, params;
};

struct tally_row {
    int scope;
    char component[48], action[48];
    uint64_t count;
};

struct cost_row {
    char component[48], action[48];
    double cycles, pj; /* per count; `cycles` are cycles of run_meta.clock_hz; pj NaN: not known */
    double pj_low, pj_high; /* the band that pj may lie in; NaN: not known */
    /* key of docs/sources.md, "assumed: why", "calibrated: from what", or "measured" */
    char source[160];
};

struct peak_row {
    int scope;     /* -1: the whole run */
    char part[32]; /* data, bss, arena, stack, heap, flash, bram36, ... */
    uint64_t bytes;
};

struct sample_row { /* one repetition of a measurement */
    int scope, rep;
    char quantity[24]; /* cycles, seconds, energy_uj, ... */
    double value;
};

struct rows {
    struct run_meta run;
    struct scope_row *scope;
    size_t nscope, cap_scope;
    struct tally_row *tally;
    size_t ntally, cap_tally;
    struct cost_row *cost;
    size_t ncost, cap_cost;
    struct peak_row *peak;
    size_t npeak, cap_peak;
    struct sample_row *sample;
    size_t nsample, cap_sample;
    bool failed;
};

/* Index of the new scope, or -1 on no memory. seq is the number of scopes before it. */
int rows_scope(struct rows *r, int parent, const char *name, const char *op, uint64_t macs,
               uint64_t params);
/* Adds to the row of (scope, component, action), creating it; a count of 0 creates nothing. */
void rows_tally(struct rows *r, int scope, const char *component, const char *action,
                uint64_t count);
/* One cost per (component, action); a second one for the same pair replaces the first. No band of
 * the energy is known. */
void rows_cost(struct rows *r, const char *component, const char *action, double cycles, double pj,
               const char *source);
/* The same with a band of the energy: pj[] is low, nominal, high. */
void rows_cost_band(struct rows *r, const char *component, const char *action, double cycles,
                    const double pj[3], const char *source);
void rows_peak(struct rows *r, int scope, const char *part, uint64_t bytes);
void rows_sample(struct rows *r, int scope, int rep, const char *quantity, double value);
void rows_free(struct rows *r);

#endif
