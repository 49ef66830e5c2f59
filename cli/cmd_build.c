#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "reports/store.h"
#include "study/target.h"
#include "workloads/emit/build.h"

extern const struct command cmd_build;

static bool choose(const struct command *cmd, const char *option, const char *value,
                   const char *const *names, int *out)
{
    for (*out = 0; names[*out]; ++*out)
        if (!strcmp(names[*out], value))
            return true;
    fprintf(stderr, "etinysim %s: %s: '%s' is not known, expected ", cmd->name, option, value);
    for (int i = 0; names[i]; i++)
        fprintf(stderr, "%s%s", i ? " or " : "", names[i]);
    fputc('\n', stderr);
    return false;
}

static bool read_patches(const struct command *cmd, const char *text, int *out)
{
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    bool number = *text >= '0' && *text <= '9' && !*end && !errno && v >= 2 && v <= PATCHES_MOST;
    *out = number ? (int)v : PATCHES_AUTO;
    if (!number && strcmp(text, "auto")) {
        fprintf(stderr, "etinysim %s: --patches: '%s' is not known, expected 2 to %d or auto\n",
                cmd->name, text, PATCHES_MOST);
        return false;
    }
    return true;
}

/* The banks of memory that the arena lies in, and why there; in words, or as rows of `list`. */
static void arena_banks(const struct target *t, const struct build_result *r, struct buf *out,
                        cJSON *list)
{
    int n = 0;
    bool fast = t->fast.size && r->arena_at - t->fast.base < t->fast.size;
    for (int i = 0; i < t->nbanks; i++) {
        const struct target_bank *b = &t->bank[i];
        uint64_t from = b->range.base, to = from + b->range.size;
        uint64_t begin = r->arena_at, end = begin + r->arena_bytes;
        uint64_t lo = begin > from ? begin : from, hi = end < to ? end : to;
        if (lo >= hi)
            continue;
        cJSON *row = json_object(list, NULL);
        json_text(row, "name", b->name);
        json_uint(row, "bytes", hi - lo);
        buf_printf(out, "%s%s %" PRIu64 " bytes (%s)", n++ ? ", " : "", b->name, hi - lo, b->pace);
    }
    if (fast)
        buf_str(out, "; the fastest memory, it fits");
    else if (t->fast.size && n)
        buf_printf(out,
                   "; with stack, data and scratch it does not fit the %" PRIu32
                   " bytes of tightly coupled memory",
                   t->fast.size);
    else if (n > 1)
        buf_str(out, "; the fastest first, none holds all of it");
}

static void print_text(const struct build_request *b, const struct build_result *r)
{
    const struct target *t = &b->target;
    printf("%s for %s: %s\n", b->network, t->board, b->output);
    printf("  flash  %8" PRIu32 " of %8" PRIu32 " bytes: weights %" PRIu32 ", tables %" PRIu32
           ", code %" PRIu32 "\n",
           r->flash_bytes, t->flash.size, r->weight_bytes, r->table_bytes, r->code_bytes);
    printf("  SRAM   %8" PRIu32 " of %8" PRIu32 " bytes: arena %" PRIu32
           " (%s, fullest in %s; maps alone %" PRIu32 ", lower bound %" PRIu32 "), stack %" PRIu32
           ", data %" PRIu32 ", scratch outside the arena %" PRIu32 "\n",
           r->sram_bytes, t->ram.size + t->fast.size, r->arena_bytes,
           b->options.plan == PLAN_INPLACE ? "inplace" : "pingpong", r->peak_layer, r->map_bytes,
           r->lower_bound, r->stack_bytes, r->data_bytes, r->fast_bytes);
    if (r->patches)
        printf("  stage  the first %d layers, to %s, in %d strips; %" PRIu64
               " multiply-accumulates done again (%.1f %%)\n",
               r->stage_layers, r->stage_end, r->patches, r->macs_again,
               100 * (double)r->macs_again / (double)r->macs);
    else if (b->options.patches)
        printf("  stage  none: no number of strips makes the arena smaller\n");
    struct buf where = {0};
    arena_banks(t, r, &where, NULL);
    printf("  arena  at 0x%08" PRIx32 "%s%s\n", r->arena_at, where.len ? ": " : "",
           buf_text(&where));
    buf_free(&where);
    printf("  input  arena + %" PRIu32 ", loaded with the ELF\n", r->input_at);
    printf("  weights %s; ",
           r->trained ? "trained"
                      : "plausible tensors from a fixed seed (no trained weights given)");
    if (r->top1 < 0) {
        printf("host reference: %d detections, outputs crc32 %08" PRIx32 "\n", r->detections,
               r->logits_crc32);
        return;
    }
    printf("host reference: class %d, logits crc32 %08" PRIx32 "\n", r->top1, r->logits_crc32);
    printf("  floating point: class %d; SQNR of the logits %.2f dB\n", r->float_top1, r->sqnr_db);
}

static void print_json(const struct build_request *b, const struct build_result *r, struct err *e)
{
    cJSON *o = json_root();
    json_text(o, "network", b->network);
    json_text(o, "board", b->target.board);
    json_text(o, "peak_layer", r->peak_layer);
    json_text(o, "stage_end", r->stage_end);
    json_uint(o, "flash_bytes", r->flash_bytes);
    json_uint(o, "flash_size", b->target.flash.size);
    json_uint(o, "weight_bytes", r->weight_bytes);
    json_uint(o, "table_bytes", r->table_bytes);
    json_uint(o, "code_bytes", r->code_bytes);
    json_uint(o, "sram_bytes", r->sram_bytes);
    json_uint(o, "sram_size", b->target.ram.size + b->target.fast.size);
    json_uint(o, "arena_bytes", r->arena_bytes);
    json_uint(o, "arena_at", r->arena_at);
    struct buf words = {0};
    arena_banks(&b->target, r, &words, json_array(o, "arena_banks"));
    buf_free(&words);
    json_uint(o, "map_bytes", r->map_bytes);
    json_uint(o, "lower_bound_bytes", r->lower_bound);
    json_uint(o, "stack_bytes", r->stack_bytes);
    json_uint(o, "data_bytes", r->data_bytes);
    json_uint(o, "scratch_bytes", r->fast_bytes);
    json_int(o, "stage_layers", r->stage_layers);
    json_int(o, "patches", r->patches);
    json_uint(o, "macs_again", r->macs_again);
    json_uint(o, "input_at", r->input_at);
    json_bool(o, "trained", r->trained);
    json_int(o, "top1", r->top1);
    char crc[9];
    snprintf(crc, sizeof crc, "%08" PRIx32, r->logits_crc32);
    json_text(o, "logits_crc32", crc);
    json_int(o, "float_top1", r->float_top1);
    json_number(o, "sqnr_db", "%.4f", r->sqnr_db);
    cJSON *detections = json_array(o, "detections");
    for (int i = 0; i < r->detections; i++) {
        const struct nn_detection *d = &r->detection[i];
        const int32_t value[] = {d->class_id,         nn_permyriad(d->score), nn_permyriad(d->x0),
                                 nn_permyriad(d->y0), nn_permyriad(d->x1),    nn_permyriad(d->y1)};
        cJSON *one = json_array(detections, NULL);
        for (size_t k = 0; k < sizeof value / sizeof *value; k++)
            json_int(one, NULL, value[k]);
    }
    cli_json(o, JSON_COMPACT, e);
}

static void offload_text(const struct build_request *b, const struct offload_result *r)
{
    printf("%s on a TinyNPU beside %s: %s\n", b->network, b->target.board, b->output);
    printf("  flash  %8" PRIu32 " of %8" PRIu32 " bytes: program %" PRIu32 ", %d frames of %dx%d "
           "RGB565, code %" PRIu32 "\n",
           r->flash_bytes, b->target.flash.size, r->program_bytes, r->stored, r->camera_w,
           r->camera_h, r->code_bytes);
    printf("  SRAM   %8" PRIu32 " of %8" PRIu32 " bytes\n", r->sram_bytes, b->target.ram.size);
    for (int i = 0; i < r->stored; i++)
        printf("  frame %2d: host reference: class %d, logits crc32 %08" PRIx32 "\n", i,
               r->expected[i].top1, r->expected[i].crc32);
}

static void offload_json(const struct build_request *b, const struct offload_result *r,
                         struct err *e)
{
    char crc[9];
    cJSON *o = json_root();
    json_text(o, "network", b->network);
    json_text(o, "board", b->target.board);
    json_text(o, "offload", "tinynpu");
    json_uint(o, "flash_bytes", r->flash_bytes);
    json_uint(o, "flash_size", b->target.flash.size);
    json_uint(o, "program_bytes", r->program_bytes);
    json_uint(o, "code_bytes", r->code_bytes);
    json_uint(o, "sram_bytes", r->sram_bytes);
    json_uint(o, "sram_size", b->target.ram.size);
    json_int(o, "camera_width", r->camera_w);
    json_int(o, "camera_height", r->camera_h);
    json_int(o, "frames", b->frames);
    cJSON *list = json_array(o, "expected");
    for (int i = 0; i < r->stored; i++) {
        cJSON *one = json_object(list, NULL);
        snprintf(crc, sizeof crc, "%08" PRIx32, r->expected[i].crc32);
        json_text(one, "logits_crc32", crc);
        json_int(one, "top1", r->expected[i].top1);
    }
    cli_json(o, JSON_COMPACT, e);
}

static int offload(const struct build_request *b, const struct cli_common *common)
{
    struct offload_result r;
    struct err e = {0};
    if (build_offload(b, &r, &e) && common->json)
        offload_json(b, &r, &e);
    else if (!e.code && !common->quiet)
        offload_text(b, &r);
    return e.code ? cli_fail(&cmd_build, &e) : 0;
}

static int run(int argc, char **argv)
{
    static const char *const plans[] = {"pingpong", "inplace", NULL},
                             *const kernels[] = {"reference", "fast", NULL},
                             *const quants[] = {"int8", "asq", "dorefa", NULL},
                             *const levels[] = {"0", "1", "2", "3", "s", NULL};
    static const char *const flags[] = {"-O0", "-O1", "-O2", "-O3", "-Os"};
    struct build_request b = {.wbits = 8};
    const char *pos[2], *board = NULL, *quant = NULL, *plan = "inplace", *patches = NULL,
                        *kernel = "fast", *level = "2", *device = NULL;
    double fps = 0;
    uint64_t input = 0, wbits = 8, repeat = 1;
    const struct option_spec opts[] = {
        {"--board", 's', &board, "B", "board by name or file", false},
        {"-o", 's', &b.output, "F.elf", "where to write", true},
        {"--width", 'f', &b.width, "W", NULL, false},
        {"--input", 'u', &input, "N", "channel multiplier, side of the input image", false},
        {"--wbits", 'u', &wbits, "8|4", "bits of a weight (default 8)", false},
        {"--quant", 's', &quant, "int8|asq|dorefa",
         "quantiser (default int8 for 8 bits, asq for 4)", false},
        {"--weights", 's', &b.weights, "F.params",
         "trained tensors; else plausible ones from a fixed seed", false},
        {"--calibrate", 's', &b.calibrate, "DIR",
         "PNG images of the input size that set the activation ranges", false},
        {"--image", 's', &b.image, "F",
         "the input (.png, .npy, .csv, raw bytes), loaded with the ELF; else a generated one",
         false},
        {"--plan", 's', &plan, "inplace|pingpong",
         "may a layer write over its own input (default inplace)", false},
        {"--patches", 's', &patches, "N|auto",
         "the first layers run in N strips: less SRAM, some rows computed twice", false},
        {"--kernels", 's', &kernel, "fast|reference", "reference: plain C, bit-equal", false},
        {"--repeat", 'u', &repeat, "N", "inferences per run (later ones on pseudo-random pixels)",
         false},
        {"--offload", 's', &device, "tinynpu",
         "for a TinyNPU on the board's SPI; --repeat counts frames, --image may be a folder",
         false},
        {"--fps", 'f', &fps, "F", "frames a second with --offload (default: as fast as it goes)",
         false},
        {"-O", 's', &level, "LEVEL", "optimisation of the C parts: 0 1 2 3 s (default 2)", false},
        {0},
    };
    struct cli_common common;
    if (!cli_parse(&cmd_build, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    int p, k, q, l, strips = PATCHES_NONE;
    if (!pos[0] || !board || !b.output) {
        err_set(&e, ERR_INPUT, "%s is missing (see etinysim build --help)",
                !pos[0]  ? "NETWORK"
                : !board ? "--board B"
                         : "-o F.elf");
        return cli_fail(&cmd_build, &e);
    }
    if (!choose(&cmd_build, "--plan", plan, plans, &p) ||
        !choose(&cmd_build, "--kernels", kernel, kernels, &k) ||
        !choose(&cmd_build, "--quant",
                quant        ? quant
                : wbits == 4 ? "asq"
                             : "int8",
                quants, &q) ||
        !choose(&cmd_build, "-O", level, levels, &l) ||
        (patches && !read_patches(&cmd_build, patches, &strips)))
        return ERR_INPUT;
    if (wbits != 8 && wbits != 4)
        err_set(&e, ERR_INPUT, "--wbits: %" PRIu64 " is not served, expected 8 or 4", wbits);
    else if ((q == QUANT_INT8) != (wbits == 8))
        err_set(&e, ERR_INPUT,
                "--quant %s does not go with --wbits %" PRIu64
                ", expected int8 with 8, asq or dorefa with 4",
                quants[q], wbits);
    else if (strips && p != PLAN_INPLACE)
        err_set(&e, ERR_INPUT, "--patches does not go with --plan pingpong, expected inplace");
    else if (input > 4096)
        err_set(&e, ERR_INPUT, "--input: %" PRIu64 " is out of range, expected at most 4096",
                input);
    else if (device && strcmp(device, "tinynpu"))
        err_set(&e, ERR_INPUT, "--offload: '%s' is not known, expected tinynpu", device);
    else if (fps < 0 || (fps > 0 && (!device || fps < 0.1 || fps > 1000)))
        err_set(&e, ERR_INPUT, "--fps: expected 0.1 to 1000, with --offload");
    else if (repeat < 1 || repeat > 100000)
        err_set(&e, ERR_INPUT, "--repeat: %" PRIu64 " is out of range, expected 1 to 100000",
                repeat);
    struct build_result r;
    if (e.code || !target_load(&b.target, board, &e))
        return cli_fail(&cmd_build, &e);
    b.network = pos[0];
    b.input = (int)input;
    b.wbits = (int)wbits;
    b.quantiser = (enum quantiser)q;
    b.options = (struct build_options){.plan = (enum plan_kind)p,
                                       .patches = strips,
                                       .fast_kernels = k == 1,
                                       .repeat = (int)repeat,
                                       .opt = flags[l]};
    b.frames = (int)repeat;
    b.period_us = fps > 0 ? (uint32_t)(1e6 / fps + 0.5) : 0;
    if (device)
        return offload(&b, &common);
    if (!build_firmware(&b, &r, &e))
        return cli_fail(&cmd_build, &e);
    if (common.json)
        print_json(&b, &r, &e);
    else if (!common.quiet)
        print_text(&b, &r);
    return e.code ? cli_fail(&cmd_build, &e) : 0;
}

const struct command cmd_build = {
    .name = "build",
    .brief = "firmware for a board from a network",
    .usage = "build NETWORK --board B [options] -o F.elf",
    .about =
        "Quantises a network, plans its memory, emits C and compiles it to firmware for a board.\n",
    .notes = "Exit 1: does not fit (which memory, by how many bytes, fullest layer). Exit 5: no "
             "arm-none-eabi-gcc.\n",
    .run = run,
};
