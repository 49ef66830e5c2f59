#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/signals.h"
#include "isa/isa.h"
#include "reports/calibration.h"
#include "reports/import.h"
#include "reports/summary.h"
#include "sim/machine.h"
#include "sim/host/profile.h"
#include "study/account.h"
#include "study/offload.h"

const struct command cmd_run;

/* The class the firmware itself printed first: "top,1,N" in its log, or "top1 N". -1 = none. */
static long top1(const char *text)
{
    static const char *const words[] = {"top,1,", "top1 ", "top1: ", "top-1: "};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        for (const char *p = text; (p = strstr(p, words[k])) != NULL; p++) {
            const char *digits = p + strlen(words[k]);
            if ((p == text || p[-1] == '\n') && isdigit((unsigned char)*digits))
                return strtol(digits, NULL, 10);
        }
    return -1;
}

/* ---- a TinyNPU's energy ---- */

struct account_options {
    bool wanted;
    const char *power;
    const char *timeline;
    const struct npu *npu; /* of the device that is attached */
};

enum { EFFICIENCY_PERCENT = 90 /* of the regulator; assumed, a buck converter's */ };

static void account_text(const struct machine *m, const struct account *a)
{
    struct machine_scope s;
    printf("\n%d frames in %.3f s, %.2f frames/s: the core runs %.1f %%, the wires %.1f %%, the "
           "accelerator computes %.1f %% of the time\n\n",
           a->frames, a->seconds, a->fps, 100 * a->run_s / a->seconds,
           100 * a->wires_s / a->seconds, 100 * a->compute_s / a->seconds);
    printf("mean power, mW             low   nominal      high\n");
    for (int k = 0; k < ACCOUNT_PARTS; k++)
        printf("  %-18s  %8.3f  %8.3f  %8.3f\n", account_parts[k], a->mw[BAND_LOW][k],
               a->mw[BAND_NOMINAL][k], a->mw[BAND_HIGH][k]);
    printf("  %-18s  %8.3f  %8.3f  %8.3f\n", "total", a->total_mw[BAND_LOW],
           a->total_mw[BAND_NOMINAL], a->total_mw[BAND_HIGH]);
    printf("  %-18s  %8.1f  %8.1f  %8.1f\n", "uJ a frame", a->frame_uj[BAND_LOW],
           a->frame_uj[BAND_NOMINAL], a->frame_uj[BAND_HIGH]);
    printf("low: the least current of the board's figures; high: the most, and it never sleeps. "
           "Regulator: %d %% (assumed).\n\n",
           EFFICIENCY_PERCENT);
    printf("whole run, by phases    times   awake ms  asleep ms\n");
    for (size_t i = 0; machine_scope(m, i, &s); i++)
        if (s.entered)
            printf("  %-18s %8" PRIu64 "  %9.3f  %9.3f\n", s.name, s.entered,
                   1e3 * (double)(s.cycles - s.stall[STALL_SLEEP]) / a->core_hz,
                   1e3 * (double)s.stall[STALL_SLEEP] / a->core_hz);
    const struct system_result *r = &a->analytic;
    printf("\nthe same by closed forms (npu --system), without the regulator: %.3f mW (%.3f "
           "simulated)\n",
           r->total_mw[BAND_NOMINAL],
           a->total_mw[BAND_NOMINAL] - a->mw[BAND_NOMINAL][ACCOUNT_REGULATOR]);
    for (int k = 0; k < S_PARTS; k++)
        printf("  %-18s  %8.3f\n", system_parts[k], r->mw[BAND_NOMINAL][k]);
}

static bool account_files(const struct machine *m, const struct account_options *o, struct err *e)
{
    struct buf power = {0}, timeline = {0};
    bool ok = (!o->power ||
               (account_power(m, o->npu, &power, e) && buf_write_file(&power, o->power, e))) &&
              (!o->timeline || (account_timeline(m, o->npu, &timeline, e) &&
                                buf_write_file(&timeline, o->timeline, e)));
    buf_free(&power);
    buf_free(&timeline);
    return ok;
}

static bool account_json(const struct machine *m, const struct account_options *o, cJSON *to,
                         struct err *e)
{
    static const char *const bands[BAND_COUNT] = {"low", "nominal", "high"};
    struct account a;
    if (!o->wanted)
        return true;
    if (!account_make(m, o->npu, EFFICIENCY_PERCENT / 100.0, &a, e))
        return false;
    cJSON *out = json_object(to, "account");
    json_int(out, "frames", a.frames);
    json_real(out, "seconds", a.seconds);
    json_real(out, "frames_per_second", a.fps);
    json_real(out, "mcu_run_seconds", a.run_s);
    json_real(out, "wires_seconds", a.wires_s);
    json_real(out, "compute_seconds", a.compute_s);
    for (int b = 0; b < BAND_COUNT; b++) {
        cJSON *band = json_object(out, bands[b]);
        for (int k = 0; k < ACCOUNT_PARTS; k++)
            json_real(band, account_parts[k], a.mw[b][k]);
        json_real(band, "total_mw", a.total_mw[b]);
        json_real(band, "frame_uj", a.frame_uj[b]);
    }
    json_real(out, "analytic_mw", a.analytic.total_mw[BAND_NOMINAL]);
    return true;
}

/* The account of a run that has ended. */
static bool write_account(const struct machine *m, const struct account_options *o, bool json,
                          struct err *e)
{
    struct account a;
    if (!account_files(m, o, e))
        return false;
    if (!o->wanted || json)
        return true;
    if (!account_make(m, o->npu, EFFICIENCY_PERCENT / 100.0, &a, e))
        return false;
    account_text(m, &a);
    return true;
}

/* How the result is shown as text. */
struct shown {
    bool wide;
    int functions; /* so many of them instead of layers; 0: layers */
    struct account_options account;
};

static bool as_json(struct machine *m, struct store *s, int64_t run, const struct shown *shown,
                    struct buf *out, struct err *e)
{
    struct machine_totals t;
    struct table layers = {0}, regions = {0}, runs = {0}, parts = {0}, use = {0};
    machine_summary(m, &t);
    bool ok = report_query(s, "run-layers", run, &layers, e) &&
              report_query(s, "run-regions", run, &regions, e) &&
              report_query(s, "run", run, &runs, e) &&
              report_query(s, "run-memory", run, &parts, e) &&
              report_query(s, "run-traffic", run, &use, e);
    if (ok && runs.nrow) {
        const struct cell *energy = table_at(&runs, 0, "energy_uj");
        long c = top1(machine_uart(m));
        cJSON *o = json_root();
        json_text(o, "board", t.board);
        json_text(o, "core", t.core);
        json_text(o, "network", table_at(&runs, 0, "network")->text);
        json_real(o, "width", table_at(&runs, 0, "width")->r);
        json_text(o, "shape", table_at(&runs, 0, "shape")->text);
        json_int(o, "wbits", table_at(&runs, 0, "wbits")->i);
        json_int(o, "abits", table_at(&runs, 0, "abits")->i);
        json_text(o, "quant", table_at(&runs, 0, "quant")->text);
        json_uint(o, "clock_hz", t.clock_hz);
        json_uint(o, "cycles", t.cycles);
        json_uint(o, "instructions", t.instructions);
        json_real(o, "seconds", t.clock_hz ? (double)t.cycles / (double)t.clock_hz : 0);
        json_int(o, "inference_cycles", table_at(&runs, 0, "inference_cycles")->i);
        json_real(o, "cycles_error_percent", table_at(&runs, 0, "cycles_error_percent")->r);
        json_real(o, "cycles_error_rows", table_at(&runs, 0, "cycles_error_rows")->r);
        json_real(o, "unvalidated_percent", table_at(&runs, 0, "unvalidated_percent")->r);
        if (c >= 0)
            json_int(o, "top1", c);
        else
            json_null(o, "top1");
        json_real(o, "energy_uj", energy->r);
        json_real(o, "energy_uj_low", energy->r * t.energy_low);
        json_real(o, "energy_uj_high", energy->r * t.energy_high);
        json_int(o, "peak_sram_bytes", table_at(&runs, 0, "peak_sram_bytes")->i);
        json_int(o, "flash_bytes", table_at(&runs, 0, "flash_bytes")->i);
        json_uint(o, "stack_bytes", t.stack_bytes);
        json_text(o, "stack_peak_function", t.stack_peak_at);
        json_text(o, "stack_peak_scope", t.stack_peak_scope);
        json_int(o, "exit_code", t.exit_code);
        cJSON *stalls = json_object(o, "stalls");
        for (int i = 0; i < STALL_COUNT; i++)
            json_uint(stalls, isa_stall_names[i], t.stall[i]);
        table_json(&layers, o, "layers");
        table_json(&regions, o, "regions");
        table_json(&use, o, "traffic");
        table_json(&parts, o, "memory");
        json_raw(o, "config", table_at(&runs, 0, "config_json")->text);
        json_text(o, "elf_sha256", table_at(&runs, 0, "elf_sha256")->text);
        json_text(o, "started_at", table_at(&runs, 0, "started_at")->text);
        json_text(o, "warnings", machine_warnings(m));
        json_text(o, "fault", machine_fault_text(m));
        json_text(o, "uart", machine_uart(m));
        ok = account_json(m, &shown->account, o, e);
        json_print(o, JSON_COMPACT, out);
        buf_str(out, "\n");
    }
    table_free(&use);
    table_free(&layers);
    table_free(&regions);
    table_free(&runs);
    table_free(&parts);
    return ok && (!out->failed || err_nomem(e));
}

/* What the summary leaves out: every cause, part and use. */
static bool details(struct machine *m, struct store *s, int64_t run, struct buf *out, struct err *e)
{
    struct machine_totals t;
    machine_summary(m, &t);
    struct table parts = {0}, use = {0};
    if (!report_query(s, "run-memory", run, &parts, e) ||
        !report_query(s, "run-traffic", run, &use, e)) {
        table_free(&parts);
        return false;
    }
    buf_printf(out, "\n%s (%s) at %.3f MHz: %llu cycles, %.3f ms, %llu instructions\n", t.board,
               t.core, (double)t.clock_hz / 1e6, (unsigned long long)t.cycles,
               t.clock_hz ? 1e3 * (double)t.cycles / (double)t.clock_hz : 0,
               (unsigned long long)t.instructions);
    buf_str(out, "cycles by cause:");
    for (int i = 0; i < STALL_COUNT; i++)
        if (t.stall[i] && i != STALL_FOLD && i != STALL_DUAL)
            buf_printf(out, " %s %llu", isa_stall_names[i], (unsigned long long)t.stall[i]);
    buf_printf(out, "; folded %llu, dual-issued %llu\nmemory (bytes):",
               (unsigned long long)t.stall[STALL_FOLD], (unsigned long long)t.stall[STALL_DUAL]);
    for (size_t i = 0; i < parts.nrow; i++)
        buf_printf(out, " %s %lld", table_at(&parts, i, "part")->text,
                   (long long)table_at(&parts, i, "bytes")->i);
    buf_printf(out, "; stack deepest in %s (scope %s)\ndata traffic (bytes):", t.stack_peak_at,
               t.stack_peak_scope);
    for (size_t i = 0; i < use.nrow; i++)
        buf_printf(out, " %s %s %lld", table_at(&use, i, "part")->text,
                   table_at(&use, i, "direction")->text, (long long)table_at(&use, i, "bytes")->i);
    buf_str(out, "\n");
    table_free(&use);
    table_free(&parts);
    return true;
}

static bool as_text(struct machine *m, struct store *s, int64_t run, const struct shown *shown,
                    struct buf *out, struct err *e)
{
    struct table layers = {0};
    bool ok = report_query(s, "run-layers", run, &layers, e) && summary_text(s, run, out, e);
    if (ok && layers.nrow && !shown->functions) {
        buf_str(out, "\n");
        ok = report_render(s, "layers", run, shown->wide ? TABLE_TEXT : TABLE_NARROW, out, e);
    }
    table_free(&layers);
    if (ok && shown->functions) {
        buf_str(out, "\n");
        ok = machine_hot(m, shown->functions, out, e);
    }
    ok = ok && (!shown->wide || details(m, s, run, out, e));
    return ok && (!out->failed || err_nomem(e));
}

static bool result(struct machine *m, struct store *s, const struct overlay *overlay,
                   const struct cli_common *common, const struct shown *shown, struct err *e)
{
    struct rows rows = {0};
    struct buf out = {0};
    int64_t run = 0;
    bool ok = machine_rows(m, &rows, e);
    if (ok)
        import_own_log(machine_uart(m), &rows);
    ok = ok && overlay_apply(overlay, &rows, e) && store_put(s, &rows, &run, e) &&
         (common->json ? as_json(m, s, run, shown, &out, e) : as_text(m, s, run, shown, &out, e));
    if (ok)
        fputs(buf_text(&out), stdout);
    buf_free(&out);
    rows_free(&rows);
    return ok;
}

/* KIND=FILE of --profile into bits of machine_options.profile. */
static bool profile_kinds(const char *const *list, int kind[16], unsigned *want, struct err *e)
{
    for (int i = 0; list[i]; i++) {
        const char *eq = strchr(list[i], '=');
        kind[i] = 0;
        while (eq && profile_names[kind[i]] &&
               (strncmp(profile_names[kind[i]], list[i], (size_t)(eq - list[i])) ||
                profile_names[kind[i]][eq - list[i]]))
            kind[i]++;
        if (!eq || !eq[1] || !profile_names[kind[i]])
            return err_set(e, ERR_INPUT,
                           "--profile %s: expected KIND=FILE, KIND one of folded, callgrind, "
                           "trace, lcov, annotate, map",
                           list[i]);
        *want |= 1u << kind[i];
    }
    return true;
}

static bool write_profiles(struct machine *m, const char *const *list, const int kind[16],
                           struct err *e)
{
    for (int i = 0; list[i]; i++) {
        struct buf text = {0};
        bool ok = machine_profile(m, kind[i], &text, e) &&
                  buf_write_file(&text, strchr(list[i], '=') + 1, e);
        buf_free(&text);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- while it runs ---- */

enum { FUNCTIONS = 20 };

struct watch {
    bool quiet;                 /* no progress */
    bool silent;                /* nothing of the program */
    bool printed, open;         /* something of the program; its last line has no end yet */
    bool shown;                 /* a progress line stands on the terminal */
    uint64_t begun_ns, last_ns; /* 0: not yet */
    const volatile sig_atomic_t *interrupted;
};

static double since(uint64_t ns)
{
    return 1e-9 * (double)(clock_host_ns() - ns);
}

static void clear_progress(struct watch *w)
{
    if (w->shown)
        fputs("\r\033[K", stderr);
    w->shown = false;
}

/* What the program prints appears when it does. */
static void console(void *user, const char *bytes, size_t n)
{
    struct watch *w = user;
    if (w->silent)
        return;
    clear_progress(w);
    for (size_t i = 0; i < n; i++)
        if (bytes[i])
            putchar(bytes[i]);
    if (n) {
        w->printed = true;
        w->open = bytes[n - 1] != '\n';
        if (!w->open)
            fflush(stdout);
    }
}

static void notice(void *user, const char *text)
{
    (void)user;
    fflush(stdout);
    fprintf(stderr, "etinysim run: warning: %s\n", text);
}

static bool tick(void *user, uint64_t cycles, uint64_t hz)
{
    struct watch *w = user;
    fflush(stdout);
    if (!w->begun_ns)
        w->begun_ns = w->last_ns = clock_host_ns();
    if (!w->quiet && isatty(2) && since(w->last_ns) > 0.5) {
        w->last_ns = clock_host_ns();
        fprintf(stderr,
                "\r%.1f million cycles, %.3f s of the board's time, %.0f million a second\033[K",
                (double)cycles * 1e-6, hz ? (double)cycles / (double)hz : 0,
                (double)cycles * 1e-6 / since(w->begun_ns));
        w->shown = true;
    }
    return !*w->interrupted;
}

static void end_watch(struct watch *w)
{
    clear_progress(w);
    if (w->printed)
        puts(w->open ? "\n" : "");
    fflush(stdout);
}

static int run(int argc, char **argv)
{
    const char *pos[2], *db = NULL, *gdb = NULL, *profiles[17] = {NULL}, *attach[17] = {NULL};
    uint64_t hot = 0, base = UINT64_MAX;
    int kind[16];
    bool explain = false;
    struct shown shown = {0};
    struct machine_options o = {0};
    struct cli_common common;
    const struct option_spec opts[] = {
        {"--board", 's', &o.board, "B", "board by name or file (etinysim board list)", false},
        {"--scopes", 's', &o.scopes, "GLOB",
         "count functions that match, e.g. 'layer_*' (default: the layers that\n"
         "`etinysim build` describes in the ELF, else main)",
         false},
        {"--db", 's', &db, "F.db", "add the run to this database", false},
        {"--clock", 'u', &o.clock_hz, "HZ",
         "reckon with this core clock instead of the one the program sets", false},
        {"--max-cycles", 'u', &o.max_cycles, "N", "stop there, exit code 4", false},
        {"--max-seconds", 'u', &o.max_seconds, "N", "of host time", true},
        {"--profile", 'm', profiles, "K=FILE",
         "write a profile; K: folded callgrind trace lcov annotate map; may repeat", false},
        {"--hot", 'u', &hot, "N", "list the N busiest functions", false},
        {"--wide", 'b', &shown.wide, NULL, "every column", true},
        {"--stack", 'u', &o.stack_bytes, "BYTES", "limit of the main stack", true},
        {"--gdb", 's', &gdb, "PORT|PATH",
         "wait for GDB at a port of 127.0.0.1, or at a Unix socket", false},
        {"--supply", 's', &o.supply, "NAME", "of `board show`", true},
        {"--stub", 's', &o.stub, "FILE", "values of registers that are not modelled", false},
        {"--strict", 'b', &o.strict, NULL, "touching such is a fault", true},
        {"--semihost-root", 's', &o.semihost_root, "D", "files of the guest live in D", false},
        {"--base", 'u', &base, "ADDR", "the file is a raw binary", true},
        {"--uart-in", 's', &o.uart_in, "[P=]FILE",
         "bytes for a USART (the first to listen, or P) or RTT (rtt=F); - is stdin", false},
        {"--attach", 'm', attach, "N=SPI,K=V",
         "a device on the board: tinynpu=spi1,cs=PA4,irq=PB0,network=NET,accel=A; may repeat",
         false},
        {"--account", 'b', &shown.account.wanted, NULL, "mean power by parts, with a TinyNPU",
         true},
        {"--power", 's', &shown.account.power, "F.tsv", "its power over time", true},
        {"--timeline", 's', &shown.account.timeline, "F.json", "what all do, for Perfetto", true},
        {"--uninit", 'b', &o.uninit, NULL, "list reads of SRAM never written (slow)", false},
        {"--explain", 'b', &explain, NULL, "what the timing models or ignores", true},
        {"--json", 'c', NULL, NULL, "one JSON document", false},
        {"-q", 'c', NULL, NULL, "without the program's own output, progress", true},
        {0},
    };
    if (!cli_parse(&cmd_run, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0}, ran = {0};
    o.elf_path = pos[0];
    o.attach = attach;
    o.npu = offload_engine;
    o.npu_user = &shown.account.npu;
    o.base = base == UINT64_MAX ? 0 : base + 1;
    if (!pos[0])
        err_set(&e, ERR_INPUT, "which program? (etinysim run F.elf --board B)");
    else if (!o.board)
        err_set(&e, ERR_INPUT, "--board B is missing (`etinysim board list` names them)");
    else
        profile_kinds(profiles, kind, &o.profile, &e);
    if (e.code)
        return cli_fail(&cmd_run, &e);
    struct watch watch = {.quiet = common.quiet, .silent = common.json || common.quiet};
    /* A program of somebody else has no layers: its functions stand for them. */
    o.profile |= hot ? 1u << PROFILE_FOLDED : 0;
    o.profile_foreign = !common.json && !o.scopes ? 1u << PROFILE_FOLDED : 0;
    o.notice = notice;
    o.console = console;
    o.console_user = o.tick_user = &watch;
    o.tick = gdb ? NULL : tick;
    struct store *s = NULL;
    struct overlay overlay = {0};
    struct machine *m = NULL;
    if (overlay_load(o.board, &overlay, &e)) {
        o.board = overlay.base;
        m = machine_open(&o, &e);
    }
    if (m)
        s = store_open(db, true, &e);
    if (!s) {
        machine_close(m);
        return cli_fail(&cmd_run, &e);
    }
    int port = 0;
    if (gdb && !machine_debug(m, gdb, &port, &ran)) {
        machine_close(m);
        store_close(s);
        return cli_fail(&cmd_run, &ran);
    }
    if (gdb && port)
        fprintf(stderr, "etinysim run: waiting for a debugger: target remote 127.0.0.1:%d\n", port);
    /* The log of our own firmware says what the result says, for the `import` of a board's log. */
    watch.silent = watch.silent || (machine_layers(m) && !shown.wide);
    if (!gdb)
        watch.interrupted = signals_hold();
    machine_run(m, &ran);
    end_watch(&watch);
    if (!common.quiet)
        fputs(machine_fault_text(m), stderr);
    if (!machine_layers(m) && !o.scopes && !common.json)
        shown.functions = FUNCTIONS;
    if (ran.code == ERR_NONE || ran.code == ERR_GUEST || ran.code == ERR_LIMIT)
        result(m, s, &overlay, &common, &shown, &e);
    if (!e.code)
        write_profiles(m, profiles, kind, &e);
    if (hot && !common.json && !e.code) {
        struct buf table = {0};
        if (machine_hot(m, hot > 1000 ? 1000 : (int)hot, &table, &e))
            printf("\n%s", buf_text(&table));
        buf_free(&table);
    }
    if (explain && !common.json && !e.code) {
        struct buf ledger = {0};
        if (machine_explain(m, &ledger, &e))
            fputs(buf_text(&ledger), stdout);
        buf_free(&ledger);
    }
    if (!e.code && !ran.code)
        write_account(m, &shown.account, common.json, &e);
    struct machine_totals totals;
    machine_summary(m, &totals);
    if (!ran.code && totals.exit_code)
        err_set(&ran, ERR_CHECK, "the program ended with exit code %d", totals.exit_code);
    machine_close(m);
    store_close(s);
    if (ran.code)
        return cli_fail(&cmd_run, &ran);
    return e.code ? cli_fail(&cmd_run, &e) : 0;
}

const struct command cmd_run = {
    .name = "run",
    .brief = "run a program on a simulated board and count",
    .usage = "run F.elf --board B [options]",
    .notes = "Ends when the program exits by semihosting, sleeps for good or loops on itself.\n"
             "Exit codes: 0, 1 the program left with another code than 0, 2 bad input, 3 the "
             "program faulted, 4 a limit was reached.\n",
    .run = run,
};
