#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "cli/cli.h"
#include "reports/store.h"
#include "sim/boards/board.h"
#include "sim/devices/soc.h"

const struct command cmd_board;

static bool show(const struct board *b, struct buf *o, struct err *e)
{
    buf_printf(o, "%s: %s\ncore %s, FPU %s, at most %.3f MHz (%s)\n\nmemory\n", b->name, b->title, b->core, b->fpu,
               (double)b->max_hz / 1e6, b->source);
    for (int i = 0; i < b->nregions; i++) {
        const struct region *r = &b->region[i];
        buf_printf(o, "  %-10s 0x%08x %8u KiB  %-8s %s", r->name, r->base, r->size / 1024, board_region_kind_names[r->kind],
                   r->exec ? "code and data" : "data only");
        if (r->alias_of >= 0)
            buf_printf(o, ", shows %s", b->region[r->alias_of].name);
        if (r->setup)
            buf_printf(o, ", %s clocks: %u + %u a further 8 bytes", r->domain == DOMAIN_AXI ? "AXI" : "core", r->setup + 1, r->beat);
        buf_printf(o, " (%s)\n", r->source);
        if (r->grant_load || r->grant_stores)
            buf_printf(o, "             bus grant: +%u a run of loads, +%u a store of several words (%s)\n", r->grant_load,
                       r->grant_stores, r->grant_source);
    }
    if (b->cache.line_bytes)
        buf_printf(o, "\ncaches: instruction %u bytes in %u ways, data %u bytes in %u ways, lines of %u (%s)\n", b->cache.ibytes,
                   b->cache.iways, b->cache.dbytes, b->cache.dways, b->cache.line_bytes, b->cache.source);
    buf_printf(o, "\nflash: %u bytes a read%s", b->flash.line_bytes, b->flash.art ? ", accelerator on " : "");
    if (b->flash.art)
        buf_printf(o, "%s: %u instruction and %u data lines of %u bytes, prefetch", b->region[b->flash.region].name,
                   b->flash.icache_lines, b->flash.dcache_lines, b->flash.cache_line_bytes);
    buf_printf(o, " (%s)\n  wait states:", b->flash.source);
    for (int i = 0; i < b->flash.nws; i++)
        buf_printf(o, " %u up to %.0f MHz%s", b->flash.ws[i].ws, (double)b->flash.ws[i].max_hz / 1e6, i + 1 < b->flash.nws ? "," : "\n");
    if (b->energy.present)
        buf_printf(o, "\nenergy: %.1f pJ a cycle (%.1f to %.1f) at %.1f V, whole chip (%s)\n", b->energy.pj_per_cycle[1],
                   b->energy.pj_per_cycle[0], b->energy.pj_per_cycle[2], b->energy.supply_v, b->energy.source);
    buf_printf(o, "\nperipherals of %s\n", b->family);
    return soc_describe(b, o, e);
}

static void show_json(const struct board *b, struct buf *out)
{
    cJSON *o = json_root();
    json_text(o, "name", b->name);
    json_text(o, "title", b->title);
    json_text(o, "core", b->core);
    json_uint(o, "max_hz", b->max_hz);
    cJSON *memory = json_array(o, "memory");
    for (int i = 0; i < b->nregions; i++) {
        const struct region *r = &b->region[i];
        cJSON *one = json_object(memory, NULL);
        json_text(one, "name", r->name);
        json_uint(one, "base", r->base);
        json_uint(one, "size", r->size);
        json_text(one, "kind", board_region_kind_names[r->kind]);
        json_text(one, "source", r->source);
    }
    cJSON *states = json_array(o, "wait_states");
    for (int i = 0; i < b->flash.nws; i++) {
        cJSON *one = json_object(states, NULL);
        json_uint(one, "ws", b->flash.ws[i].ws);
        json_uint(one, "max_hz", b->flash.ws[i].max_hz);
    }
    json_print(o, JSON_COMPACT, out);
    buf_str(out, "\n");
}

static int run(int argc, char **argv)
{
    const char *pos[3];
    struct cli_common common;
    const struct option_spec opts[] = {{0}};
    if (!cli_parse(&cmd_board, argc, argv, opts, pos, 2, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    struct buf out = {0};
    if (pos[0] && !strcmp(pos[0], "list") && !pos[1]) {
        char **list = data_list("sim/boards", &e);
        cJSON *names = common.json ? json_root_array() : NULL;
        for (int i = 0; list && list[i]; i++) {
            struct board *b = board_load(list[i], &e);
            if (!b)
                break;
            if (common.json) {
                json_text(names, NULL, b->name);
            } else {
                buf_printf(&out, "%-10s %s, %s, %.0f MHz\n", b->name, b->title, b->core, (double)b->max_hz / 1e6);
            }
            free(b);
        }
        if (names) {
            json_print(names, JSON_COMPACT, &out);
            buf_str(&out, "\n");
        }
        free(list);
    } else if (pos[0] && !strcmp(pos[0], "show") && pos[1]) {
        struct board *b = board_load(pos[1], &e);
        if (b)
            common.json ? show_json(b, &out) : (void)show(b, &out, &e);
        free(b);
    } else {
        err_set(&e, ERR_INPUT, "expected `board list` or `board show NAME`");
    }
    if (out.failed)
        err_nomem(&e);
    if (!e.code)
        fputs(buf_text(&out), stdout);
    buf_free(&out);
    return e.code ? cli_fail(&cmd_board, &e) : 0;
}

const struct command cmd_board = {
    .name = "board",
    .brief = "the boards: memory map, clocks, flash, energy, each with its source",
    .help = "etinysim board list|show NAME [--json]\n\nPrints the machine that `run` believes in; NAME may be a file.\n",
    .run = run,
};
