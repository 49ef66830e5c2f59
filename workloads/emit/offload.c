#include "workloads/emit/offload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "base/data.h"
#include "base/json.h"
#include "workloads/emit/compile.h"
#include "workloads/emit/toolchain.h"
#include "workloads/firmware/offload.h"
#include "workloads/kernels/program.h"
#include "workloads/kernels/reference.h"

enum { STACK = 2048, DATA = 1024, CODE_MOST = 16 << 10, SIDE_MOST = 512 };

struct work {
    const struct qmodel *q;
    const struct target *t;
    const struct offload_options *o;
    struct offload_result *r;
    struct offload_size size;
    struct buf program, frames, source, tables, link, note, elf;
};

/* A camera of 4:3 whose middle square is 15/14 of the network's input, as 240 is of 224. */
static void choose_size(struct work *w)
{
    const struct network *n = w->q->net;
    int32_t crop = (n->in_h * 15 + 13) / 14;
    w->size = (struct offload_size){(crop * 4 / 3 + 1) & ~1, crop, crop, n->in_h, n->in_w};
    w->size.camera_h += crop & 1; /* a whole number of words */
}

static uint16_t rgb565(const int8_t *p)
{
    unsigned r = (uint8_t)p[0] ^ 0x80, g = (uint8_t)p[1] ^ 0x80, b = (uint8_t)p[2] ^ 0x80;
    return (uint16_t)((r >> 3) << 11 | (g >> 2) << 5 | b >> 3);
}

/* What a camera would have seen of an image: each pixel of the square is the nearest one of the
 * image, grey around it. */
static void draw(const struct offload_size *s, const int8_t *image, uint16_t *frame)
{
    static const int8_t grey[3];
    int32_t left = (s->camera_w - s->crop) / 2, top = (s->camera_h - s->crop) / 2;
    for (int32_t y = 0; y < s->camera_h; y++)
        for (int32_t x = 0; x < s->camera_w; x++) {
            int32_t cx = x - left, cy = y - top;
            bool inside = cx >= 0 && cx < s->crop && cy >= 0 && cy < s->crop;
            int32_t ix = (2 * cx + 1) * s->in_w / (2 * s->crop),
                    iy = (2 * cy + 1) * s->in_h / (2 * s->crop);
            frame[y * s->camera_w + x] =
                rgb565(inside ? image + 3 * ((size_t)iy * (size_t)s->in_w + (size_t)ix) : grey);
        }
}

/* Adds a frame, and what the network finds in it after the firmware's preparation. */
static bool add_frame(struct work *w, const int8_t *pixels, int i, struct err *e)
{
    const struct network *n = w->q->net;
    const struct offload_size *s = &w->size;
    size_t bytes = 3 * (size_t)s->in_h * (size_t)s->in_w, classes = (size_t)n->classes;
    uint16_t *frame = malloc(w->r->camera_bytes);
    uint16_t *columns = calloc((size_t)s->in_w, sizeof *columns);
    int8_t *image = malloc(bytes);
    int32_t *logits = calloc(classes, sizeof *logits);
    bool ok = (frame && columns && image && logits) || err_nomem(e);
    if (ok) {
        draw(s, pixels, frame);
        offload_image_columns(s, columns);
        for (int32_t y = 0; y < s->in_h; y++)
            offload_image_row(s, columns, frame, y, image);
        ok = reference_infer(w->q, image, logits, NULL, e);
    }
    if (ok) {
        int best = 0;
        for (int c = 1; c < n->classes; c++)
            best = logits[c] > logits[best] ? c : best;
        /* the target and every host we build on are little-endian */
        w->r->expected[i].crc32 = crc32_more(0, logits, classes * sizeof *logits);
        w->r->expected[i].top1 = best;
        buf_add(&w->frames, frame, w->r->camera_bytes);
        ok = !w->frames.failed || err_nomem(e);
    }
    free(frame);
    free(columns);
    free(image);
    free(logits);
    return ok;
}

static bool check_fit(struct work *w, const struct image_set *images, struct err *e)
{
    const struct network *n = w->q->net;
    struct offload_result *r = w->r;
    uint64_t image = 3ull * (unsigned)n->in_h * (unsigned)n->in_w;
    uint64_t sram = STACK + DATA + r->camera_bytes + 2 * ((image + 3) & ~3ull) +
                    4 * ((uint64_t)n->classes + 2) + 2ull * (unsigned)n->in_w;
    uint64_t flash = CODE_MOST + (uint64_t)w->program.len, one = r->camera_bytes;
    if (flash + one > w->t->flash.size)
        return err_set(e, ERR_CHECK,
                       "%s and one frame of %" PRIu64 " bytes do not fit %s: flash is short by "
                       "%" PRIu64 " bytes",
                       n->name, one, w->t->board, flash + one - w->t->flash.size);
    if (sram > w->t->ram.size)
        return err_set(e, ERR_CHECK,
                       "%s at %dx%d does not fit %s: a frame of the camera and two images take "
                       "%" PRIu64 " bytes of SRAM, %" PRIu64 " too many",
                       n->name, n->in_h, n->in_w, w->t->board, sram, sram - w->t->ram.size);
    uint64_t room = (w->t->flash.size - flash) / one;
    r->stored = images->n < OFFLOAD_MAX_STORED ? images->n : OFFLOAD_MAX_STORED;
    if ((uint64_t)r->stored > room)
        r->stored = (int)room;
    if (r->stored > w->o->frames)
        r->stored = w->o->frames;
    r->sram_bytes = (uint32_t)sram;
    return true;
}

static void name(struct buf *b, const char *text)
{
    buf_str(b, "\"");
    for (const char *p = text; *p; p++)
        buf_add(b, *p == '"' || *p == '\\' || *p < ' ' ? "_" : p, 1);
    buf_str(b, "\"");
}

static void emit_source(struct work *w)
{
    const struct offload_size *s = &w->size;
    struct buf *b = &w->source;
    buf_str(b, "#include \"offload.h\"\n\nextern const uint16_t camera[];\n"
               "extern const uint8_t program[];\n");
    buf_printf(b,
               "static uint32_t frame[%d], image[2][%d], answer[%d];\n"
               "static uint16_t columns[%d];\n\nconst struct offload offload = {\n    ",
               s->camera_w * s->camera_h / 2, (3 * s->in_h * s->in_w + 3) / 4,
               w->q->net->classes + 2 > 12 ? w->q->net->classes + 2 : 12, s->in_w);
    name(b, w->t->board);
    buf_str(b, ", ");
    name(b, w->q->net->name);
    buf_printf(b,
               ", \"" ETINYSIM_VERSION "\",\n    %d, %d, %d, %d, %d, %d, %d, %d, %" PRIu32
               ",\n    camera, program, %zu,\n    (uint16_t *)frame, { (int8_t *)image[0], "
               "(int8_t *)image[1] }, (uint8_t *)answer, columns,\n};\n",
               s->camera_w, s->camera_h, s->crop, s->in_h, s->in_w, w->q->net->classes,
               w->r->stored, w->o->frames, w->o->period_us, w->program.len);
}

/* The functions whose cycles a run tells apart. */
static const char *const phases[] = {"load",   "camera", "prepare", "send",
                                     "answer", "wait",   "report"};
enum { PHASES = sizeof phases / sizeof *phases };

static void emit_note(struct work *w)
{
    char text[64];
    cJSON *o = json_root();
    json_int(o, "format", 1);
    json_text(o, "tool_version", ETINYSIM_VERSION);
    json_text(o, "network", w->q->net->name);
    json_number(o, "width", "%g", w->q->net->width);
    json_int(o, "input", w->q->net->in_h);
    snprintf(text, sizeof text, "%dx%dx%d", w->q->net->in_h, w->q->net->in_w, w->q->net->in_c);
    json_text(o, "shape", text);
    json_text(o, "board", w->t->board);
    json_int(o, "wbits", w->q->wbits);
    json_int(o, "abits", 8);
    json_text(o, "quantiser", qmodel_quantiser_names[w->q->quantiser]);
    json_text(o, "offload", "tinynpu");
    json_bool(o, "trained", w->q->trained);
    json_text(o, "inputs_sha256", w->q->inputs_sha256);
    json_int(o, "repeat", 1);
    cJSON *layers = json_array(o, "layers");
    for (int i = 0; i < PHASES; i++) {
        cJSON *l = json_object(layers, NULL);
        snprintf(text, sizeof text, "phase_%s", phases[i]);
        json_text(l, "function", text);
        json_text(l, "name", phases[i]);
        json_text(l, "op", "offload");
        json_uint(l, "macs", 0);
        json_uint(l, "params", 0);
        json_uint(l, "weight_bytes", 0);
    }
    json_print(o, JSON_COMPACT, &w->note);
    buf_str(&w->note, "\n");
}

static void emit_tables(struct work *w)
{
    buf_str(&w->tables, "\t.file \"tables.S\"\n\t.section .tables,\"a\"\n\t.balign 4\n"
                        "\t.global program\nprogram:\n\t.incbin \"program.bin\"\n\t.balign 4\n"
                        "\t.global camera\ncamera:\n\t.incbin \"frames.bin\"\n"
                        "\t.section .etinysim,\"\",%progbits\n\t.incbin \"etinysim.json\"\n");
    buf_printf(&w->link,
               "ENTRY(Reset_Handler)\nMEMORY\n{\n    FLASH : ORIGIN = 0x%08" PRIx32
               ", LENGTH = %" PRIu32 "\n    RAM : ORIGIN = 0x%08" PRIx32 ", LENGTH = %" PRIu32
               "\n}\n"
               "PHDRS { flash PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }\nSECTIONS\n{\n"
               "    .vectors : { KEEP(*(.vectors)) } > FLASH :flash\n"
               "    .note.gnu.build-id : { KEEP(*(.note.gnu.build-id)) } > FLASH :flash\n"
               "    .text : { *(.text .text.*) } > FLASH :flash\n"
               "    .rodata : { *(.rodata .rodata.*) *(.ARM.exidx*) } > FLASH :flash\n"
               "    .tables : { KEEP(*(.tables)) } > FLASH :flash\n"
               "    .stack (NOLOAD) : ALIGN(8) { _sstack = .; . += %d; _estack = .; __stack_top = "
               ".; } > RAM :NONE\n"
               "    .data : ALIGN(8) { _sdata = .; __data_start = .; *(.data .data.*) . = "
               "ALIGN(4); _edata = .; __data_end = .; } > RAM AT > FLASH :data\n"
               "    __data_load = LOADADDR(.data);\n"
               "    .bss (NOLOAD) : ALIGN(8) { _sbss = .; __bss_start = .; *(.bss .bss.* COMMON) "
               ". = ALIGN(8); _ebss = .; __bss_end = .; } > RAM :NONE\n"
               "    .etinysim 0 : { KEEP(*(.etinysim)) } :NONE\n}\n",
               w->t->flash.base, w->t->flash.size, w->t->ram.base, w->t->ram.size, STACK);
}

static bool compile(struct work *w, const char *output, struct err *e)
{
    char dir[4096], board[64], wires[64], path[4200];
    const char *const files[] = {"startup.c", "offload.c", "offload_image.c", board, wires};
    snprintf(board, sizeof board, "board_%s.c", w->t->family);
    snprintf(wires, sizeof wires, "offload_%s.c", w->t->family);
    struct buf *const all[] = {&w->source, &w->tables, &w->link, &w->note, &w->program, &w->frames};
    static const char *const names[] = {"network.c",     "tables.S",    "link.ld",
                                        "etinysim.json", "program.bin", "frames.bin"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->failed)
            return err_nomem(e);
    if (!toolchain_workdir_make(dir, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof all / sizeof *all; i++)
        ok = toolchain_workdir_write(dir, names[i], buf_text(all[i]), all[i]->len, e);
    ok = ok && compile_files(w->t, w->o->opt, files, 5, PHASES, dir, e);
    snprintf(path, sizeof path, "%s/firmware.elf", dir);
    ok = ok && buf_read_file(&w->elf, path, 64u << 20, e);
    toolchain_workdir_remove(dir);
    if (!ok)
        return false;
    w->r->code_bytes = compile_section_size(&w->elf, ".vectors") +
                       compile_section_size(&w->elf, ".text") +
                       compile_section_size(&w->elf, ".rodata");
    w->r->sram_bytes =
        STACK + compile_section_size(&w->elf, ".data") + compile_section_size(&w->elf, ".bss");
    w->r->flash_bytes = w->r->code_bytes + compile_section_size(&w->elf, ".tables") +
                        compile_section_size(&w->elf, ".data");
    return buf_write_file(&w->elf, output, e);
}

bool offload_build(const struct qmodel *q, const struct image_set *images, const struct target *t,
                   const struct offload_options *o, const char *output, struct offload_result *r,
                   struct err *e)
{
    struct work w = {.q = q, .t = t, .o = o, .r = r};
    const struct network *n = q->net;
    *r = (struct offload_result){0};
    if (strcmp(t->startup, "stm32l4r9"))
        return err_set(e, ERR_INPUT, "--offload: there is no firmware for %s, expected stm32l4r9",
                       t->board);
    if (n->in_c != 3 || n->in_h != n->in_w || n->in_h > SIDE_MOST)
        return err_set(e, ERR_INPUT,
                       "--offload: %s takes %dx%dx%d, expected a square of 3 colours, %d at most",
                       n->name, n->in_h, n->in_w, n->in_c, SIDE_MOST);
    choose_size(&w);
    r->camera_w = w.size.camera_w;
    r->camera_h = w.size.camera_h;
    r->camera_bytes = (uint32_t)(2 * w.size.camera_w * w.size.camera_h);
    bool ok = program_write(q, &w.program, e) && check_fit(&w, images, e);
    size_t pixels = 3 * (size_t)n->in_h * (size_t)n->in_w;
    for (int i = 0; ok && i < r->stored; i++)
        ok = add_frame(&w, images->data + pixels * (size_t)i, i, e);
    if (ok) {
        r->program_bytes = (uint32_t)w.program.len;
        emit_source(&w);
        emit_note(&w);
        emit_tables(&w);
        ok = compile(&w, output, e);
    }
    struct buf *const all[] = {&w.program, &w.frames, &w.source, &w.tables,
                               &w.link,    &w.note,   &w.elf};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_free(all[i]);
    return ok;
}
