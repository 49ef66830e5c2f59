/* Which kernel of firmware/nn.h serves a layer, and what is to be known of it (kernels.def), for
 * the plan, the counters, the reference inference and the emitted firmware. This room knows one
 * layer at a time; neither how its constants were chosen nor where its maps lie. */
#ifndef WORKLOADS_KERNELS_KERNEL_H
#define WORKLOADS_KERNELS_KERNEL_H

#include "base/buf.h"
#include "workloads/kernels/job.h"

enum kernel {
    KERNEL_NONE, /* a max pool that its convolution does */
#define KERNEL(id, ...) KERNEL_##id,
#include "workloads/kernels/kernels.def"
    KERNEL_COUNT
};

enum kernel_source {
#define SOURCE(id, ...) KERNEL_SOURCE_##id,
#include "workloads/kernels/kernels.def"
    KERNEL_SOURCE_COUNT
};
struct kernel_file {
    const char *name; /* of workloads/firmware */
    bool fast, reference, always;
};
extern const struct kernel_file kernel_files[KERNEL_SOURCE_COUNT];

enum kernel_output { KERNEL_OUTPUT_BYTES, KERNEL_OUTPUT_LOGITS };
enum kernel_tables {
    KERNEL_TABLES_NONE,
    KERNEL_TABLES_LAYER,
    KERNEL_TABLES_SOME,
    KERNEL_TABLES_CHANNEL,
    KERNEL_TABLES_LOOKUP,
    KERNEL_TABLES_OPERAND
};
enum kernel_channels { /* from the least freedom on, PASSED apart */
                       KERNEL_CHANNELS_ALIKE,
                       KERNEL_CHANNELS_SCALES,
                       KERNEL_CHANNELS_OWN,
                       KERNEL_CHANNELS_PASSED
};
enum kernel_rows { KERNEL_ROWS_NONE, KERNEL_ROWS_SAME, KERNEL_ROWS_WINDOW };

struct kernel_class {
    const char *function; /* "nn_pointwise_s8" */
    int inputs;
    bool takes_scratch;
    enum kernel_output output;
    enum kernel_tables tables;
    enum kernel_channels channels;
    enum kernel_rows rows;
    bool elementwise;
    enum kernel_source source;
    uint32_t descriptor_bytes;                       /* on the target */
    uint32_t (*scratch)(const struct kernel_job *j); /* bytes, for the job's tile */
    struct kernel_tiles (*tiles)(const struct kernel_job *j, bool dual_issue);
    struct kernel_overlap (*overlap)(const struct kernel_job *j);
    /* "nn_add p = { ...": the descriptor as C, tables by id */
    void (*print)(struct buf *b, const struct kernel_job *j, const char *id);
    /* C: `of`, a copy of it for the rows at[strip] */
    void (*print_rows)(struct buf *b, const struct kernel_job *j);
    /* the reference, on the host */
    void (*run)(const struct kernel_job *j, const int8_t *a, const int8_t *in1, void *out);
};
/* All zero for KERNEL_NONE. */
const struct kernel_class *kernel_class(enum kernel k);

/* Fully connected layers give logits where they are the last of a classifier, without an
 * activation; elsewhere they are pointwise on a 1x1 map. */
enum kernel kernel_of(const struct network *n, int layer);

/* Checksum of what the kernel of a layer is given beside its input: weights, tables and scalars. */
uint32_t kernel_constants_crc32(const struct network *n, int layer, const struct qlayer *q);

/* Multiplications that the fast kernel executes in `calls` calls of `heights` output rows each,
 * counted from the shapes (SMLAD as two). `why` receives what makes them differ from the layer's
 * MACs, such as "27 taps as 28; 100352 in the output stage"; may be NULL. What a simulation counts
 * beyond this is address arithmetic of the C code around the kernels. */
uint64_t kernel_multiplies(enum kernel k, const struct kernel_job *j, const int *heights, int calls,
                           struct buf *why);

#endif
