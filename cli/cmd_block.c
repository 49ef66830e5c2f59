/* etinysim block: what each line of a piece of code costs on the core, by which rule, from which
 * source. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "isa/isa.h"
#include "sim/machine.h"

extern const struct command cmd_block;

enum { MAX_BYTES = 65536 };

struct listing {
    struct isa *isa;
    const uint8_t *code;
    uint32_t addr, size;
    cJSON *lines;         /* with --json */
    bool data[MAX_BYTES]; /* bytes that literal loads showed to be data */
    int64_t cycles;
    int instructions;
};

static void mark_literals(struct listing *l, const struct insn *i, int n)
{
    for (int k = 0; k < n; k++) {
        if (!(i[k].flags & INSN_LITERAL) || !i[k].mem)
            continue;
        uint32_t at = ((i[k].addr + 4) & ~3u) + (uint32_t)i[k].offset - l->addr;
        for (uint32_t b = 0; b < 4u * i[k].count; b++)
            if (at + b < l->size)
                l->data[at + b] = true;
    }
}

static bool print_piece(struct listing *l, struct isa_run *run, const uint8_t *it, struct err *e)
{
    for (int k = 0; k < run->n; k++) {
        const struct insn *i = &run->insn[k];
        struct buf why = {0};
        char text[128];
        int cycles;
        if (!isa_explain(run, k, PIPE_RESET, ~UINT64_C(0), &cycles, &why, e)) {
            buf_free(&why);
            return false;
        }
        isa_text(l->isa, l->code + (i->addr - l->addr), i->size, i->addr, it[k], text, sizeof text);
        if (l->lines) {
            cJSON *o = json_object(l->lines, NULL);
            json_uint(o, "addr", i->addr);
            json_text(o, "text", text);
            json_text(o, "class", isa_class_name(i->cls));
            json_int(o, "cycles", cycles);
            json_text(o, "rules", buf_text(&why));
        } else {
            printf("%08x  %-34s %-15s %3d  %s\n", i->addr, text, isa_class_name(i->cls), cycles,
                   buf_text(&why));
        }
        buf_free(&why);
        l->cycles += cycles;
        l->instructions++;
    }
    return true;
}

static void print_data(struct listing *l, uint32_t at)
{
    const uint8_t *p = l->code + at;
    bool word = !(at & 3) && at + 4 <= l->size && l->data[at + 2];
    char text[32];
    if (word)
        snprintf(text, sizeof text, ".word 0x%02x%02x%02x%02x", p[3], p[2], p[1], p[0]);
    else
        snprintf(text, sizeof text, ".short 0x%02x%02x", p[1], p[0]);
    if (!l->lines)
        printf("%08x  %s\n", l->addr + at, text);
}

/* Pieces end at branches that always leave. */
static bool list_code(struct listing *l, struct err *e)
{
    static struct insn insn[MAX_BYTES / 2];
    static uint8_t it_at[MAX_BYTES / 2];
    uint8_t it = 0;
    for (uint32_t at = 0; at + 2 <= l->size;) {
        if (l->data[at]) {
            print_data(l, at);
            at += !(at & 3) && at + 4 <= l->size && l->data[at + 2] ? 4 : 2;
            continue;
        }
        int n = 0;
        uint32_t undefined = 0;
        while (at + 2 <= l->size && !l->data[at]) {
            it_at[n] = it;
            int got = isa_decode(l->isa, l->code + at, l->size - at, l->addr + at, &it, &insn[n], 1,
                                 &undefined);
            if (got < 0)
                return false;
            if (got == 0)
                break;
            mark_literals(l, &insn[n], 1);
            at += insn[n].size;
            n++;
            if ((insn[n - 1].flags & INSN_BRANCH) && !(insn[n - 1].flags & (INSN_COND | INSN_CALL)))
                break;
        }
        if (n) {
            struct isa_run *run = isa_run_new(l->isa, insn, n, e);
            if (!run || !print_piece(l, run, it_at, e))
                return false;
        } else if (at + 2 <= l->size && !l->data[at]) {
            print_data(l, at); /* undefined */
            at += 2;
            it = 0;
        }
    }
    return true;
}

static bool locate(struct machine *m, const char *where, uint64_t bytes, uint32_t *addr,
                   uint32_t *size, struct err *e)
{
    char *end;
    unsigned long long a = strtoull(where, &end, 0);
    if (machine_symbol(m, where, addr, size)) {
        *addr &= ~1u;
    } else if (*where >= '0' && *where <= '9' && !*end && a <= UINT32_MAX) {
        *addr = (uint32_t)a & ~1u;
        *size = 64;
    } else {
        return err_set(e, ERR_INPUT, "'%s' is neither a symbol of the file nor an address", where);
    }
    if (bytes)
        *size = bytes > MAX_BYTES ? MAX_BYTES : (uint32_t)bytes;
    if (*size > MAX_BYTES)
        *size = MAX_BYTES;
    if (!*size)
        *size = 64;
    return true;
}

static int run(int argc, char **argv)
{
    const char *board = NULL, *pos[3];
    uint64_t bytes = 0;
    const struct option_spec opts[] = {
        {"--board", 's', &board, "B", "board by name or file", false},
        {"--bytes", 'u', &bytes, "N",
         "how much of the code (default: the function, or 64 bytes from an address)", false},
        {0},
    };
    struct cli_common common;
    struct err e = {0};
    if (!cli_parse(&cmd_block, argc, argv, opts, pos, 2, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    if (!pos[1] || !board) {
        err_set(&e, ERR_INPUT, "expected F.elf ADDR|SYMBOL --board B (see etinysim block --help)");
        return cli_fail(&cmd_block, &e);
    }
    struct machine_options options = {.elf_path = pos[0], .board = board};
    struct machine *m = machine_open(&options, &e);
    struct listing *l = calloc(1, sizeof *l);
    uint8_t *code = malloc(MAX_BYTES);
    bool ok =
        m && ((l && code) || err_nomem(&e)) && locate(m, pos[1], bytes, &l->addr, &l->size, &e);
    while (ok && l->size >= 2 && !machine_read(m, l->addr, code, l->size, &e)) {
        if (bytes || l->size <= 2) { /* a guessed length may reach past the end of memory */
            ok = false;
            break;
        }
        e = (struct err){0};
        l->size /= 2;
    }
    if (ok) {
        l->isa = machine_isa(m);
        l->code = code;
        l->lines = common.json ? json_root_array() : NULL;
        ok = list_code(l, &e);
        if (ok && l->lines) {
            cli_json(l->lines, JSON_INDENTED, &e);
            l->lines = NULL;
            ok = !e.code;
        } else if (ok) {
            printf("%d instructions, %lld cycles in straight line on %s\n", l->instructions,
                   (long long)l->cycles, isa_cpu(l->isa)->name);
        }
        cJSON_Delete(l->lines);
    }
    free(code);
    free(l);
    machine_close(m);
    return ok ? 0 : cli_fail(&cmd_block, &e);
}

const struct command cmd_block = {
    .name = "block",
    .brief = "cycles, rule and source of each line of code",
    .usage = "block F.elf ADDR|SYMBOL --board B [--bytes N]",
    .about =
        "Disassembles a function (or N bytes from an address) and prints for each instruction its\n"
        "timing class, cycles, and the rules and sources that make them, in straight-line "
        "execution: conditional branches\n"
        "not taken, IT conditions true, operands of divisions unknown, memory at zero wait states. "
        "The cycle a branch\n"
        "target waits for is charged to the target, so it does not appear here; see `etinysim core "
        "show` for the rules.\n"
        "A line with fewer cycles than its class overlaps its neighbour; 0 cycles: folded or "
        "issued with the line above.\n",
    .run = run,
};
