/* Scratch, tiles and overlaps of the fast kernels. */
#include "workloads/firmware/nn_scratch.h"
#include "workloads/kernels/descriptor.h"
#include "workloads/kernels/rules.h"

/* ---- scratch ---- */

uint32_t kernel_scratch_none(const struct kernel_job *j)
{
    (void)j;
    return 0;
}

uint32_t kernel_scratch_stem(const struct kernel_job *j)
{
    struct nn_conv c = kernel_conv(j);
    return nn_stem_scratch(&c);
}

uint32_t kernel_scratch_conv(const struct kernel_job *j)
{
    struct nn_conv c = kernel_conv(j);
    return nn_conv_scratch(&c);
}

uint32_t kernel_scratch_depthwise3x3(const struct kernel_job *j)
{
    struct nn_conv c = kernel_conv(j);
    return nn_depthwise3x3_scratch(&c);
}

uint32_t kernel_scratch_depthwise(const struct kernel_job *j)
{
    struct nn_conv c = kernel_conv(j);
    return nn_depthwise_scratch(&c);
}

uint32_t kernel_scratch_pointwise(const struct kernel_job *j)
{
    struct nn_conv c = kernel_conv(j);
    return nn_pointwise_scratch(&c);
}

uint32_t kernel_scratch_fc(const struct kernel_job *j)
{
    struct nn_fc f = kernel_fc(j);
    return nn_fully_connected_scratch(&f);
}

uint32_t kernel_scratch_scale(const struct kernel_job *j)
{
    struct nn_scale s = kernel_scale(j);
    return nn_scale_scratch(&s);
}

/* ---- tiles: the most to wish for; on a dual-issue core scratch is SRAM of its own, else free
 * arena ---- */

/* Splits `pixels` into equal blocks of at most `most`, even so that pixels pair up. */
static int even_blocks(uint32_t pixels, uint32_t most)
{
    uint32_t blocks = (pixels + most - 1) / most;
    return (int)nn_round_up((pixels + blocks - 1) / blocks, 2);
}

static uint32_t pixels_of(const struct kernel_job *j)
{
    return (uint32_t)j->layer->out_h * (uint32_t)j->layer->out_w;
}

struct kernel_tiles kernel_tiles_none(const struct kernel_job *j, bool dual_issue)
{
    (void)j, (void)dual_issue;
    return (struct kernel_tiles){0, 0, 0};
}

struct kernel_tiles kernel_tiles_depthwise(const struct kernel_job *j, bool dual_issue)
{
    int c = j->layer->in_c;
    (void)dual_issue;
    return (struct kernel_tiles){4, c < 32 ? (int)nn_round_up((uint32_t)c, 4) : 32, 4};
}

struct kernel_tiles kernel_tiles_pointwise(const struct kernel_job *j, bool dual_issue)
{
    if (pixels_of(j) == 1)
        return (struct kernel_tiles){0, 0, 0};
    return (struct kernel_tiles){2, even_blocks(pixels_of(j), dual_issue ? 64 : 112), 2};
}

/* Widening weights is shared by a block: 4 KiB of pixels, up to 16 of them, are worth it even where
 * the arena grows, 16 KiB are enough. */
struct kernel_tiles kernel_tiles_conv(const struct kernel_job *j, bool dual_issue)
{
    struct nn_conv c = kernel_conv(j);
    uint32_t pixel = 2 * nn_round_up(nn_conv_taps(&c), 4), small = (4 << 10) / pixel,
             large = (16 << 10) / pixel;
    (void)dual_issue;
    return (struct kernel_tiles){even_blocks(pixels_of(j), small < 2    ? 2
                                                           : small > 16 ? 16
                                                                        : small),
                                 even_blocks(pixels_of(j), large < 8    ? 8
                                                           : large > 64 ? 64
                                                                        : large),
                                 2};
}

/* ---- overlaps: the order in which a kernel reads and writes ---- */

struct kernel_overlap kernel_overlap_none(const struct kernel_job *j)
{
    (void)j;
    return (struct kernel_overlap){KERNEL_OVERLAP_NONE, 0};
}

/* Largest distance by which rows written run ahead of rows still to be read, for a kernel that
 * finishes output row y before it starts y + 1, and then reads no input row before `step * (y + 1)
 * - pad_top`. Reading and writing mix within a row. */
static struct kernel_overlap by_rows(const struct kernel_job *j, int step)
{
    struct nn_conv c = kernel_conv(j);
    int64_t lead = 0, in_row = (int64_t)c.in_w * c.in_c, out_row = (int64_t)c.out_w * c.out_c;
    for (int64_t y = 0; y < c.out_h; y++) {
        int64_t first = y * step - c.pad_top;
        int64_t d = (y + 1) * out_row - (first > 0 ? first * in_row : 0);
        lead = d > lead ? d : lead;
    }
    return (struct kernel_overlap){KERNEL_OVERLAP_AHEAD, lead};
}

struct kernel_overlap kernel_overlap_rows(const struct kernel_job *j)
{
    return by_rows(j, j->layer->stride);
}

struct kernel_overlap kernel_overlap_stem(const struct kernel_job *j)
{
    return by_rows(j, 4);
}

/* With groups the whole map is read again for each. */
struct kernel_overlap kernel_overlap_conv(const struct kernel_job *j)
{
    return j->layer->groups == 1 ? kernel_overlap_rows(j) : kernel_overlap_none(j);
}

/* Of each channel, rows 0 to y are in the ring before output row y is written, which lies no
 * further on. */
struct kernel_overlap kernel_overlap_depthwise(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    bool same = l->in_w >= l->out_w && l->in_c == l->out_c;
    return (struct kernel_overlap){same ? KERNEL_OVERLAP_SAME : KERNEL_OVERLAP_NONE, 0};
}

/* The kernel widens a block of pixels before it writes the block's outputs; this holds for any
 * block. */
struct kernel_overlap kernel_overlap_pointwise(const struct kernel_job *j)
{
    struct nn_conv c = kernel_conv(j);
    int64_t pixels = (int64_t)c.out_h * c.out_w, more = (int64_t)c.out_c - c.in_c;
    return (struct kernel_overlap){KERNEL_OVERLAP_AHEAD, more > 0 ? (pixels - 1) * more : 0};
}

struct kernel_overlap kernel_overlap_elements(const struct kernel_job *j)
{
    (void)j;
    return (struct kernel_overlap){KERNEL_OVERLAP_AHEAD, 0};
}

/* Channels of a pixel are read after others of it are written. */
struct kernel_overlap kernel_overlap_pixel(const struct kernel_job *j)
{
    return (struct kernel_overlap){KERNEL_OVERLAP_AHEAD, j->layer->in_c};
}

/* The factors are read first; a channel beside may come later in the pixel. */
struct kernel_overlap kernel_overlap_scale(const struct kernel_job *j)
{
    return network_layer_factors(j->layer) == 1 ? kernel_overlap_elements(j)
                                                : kernel_overlap_pixel(j);
}
