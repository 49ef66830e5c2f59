/* Logs: our firmware's, plain CSV, TensorFlow Lite Micro's profiler, ST's validate, MLPerf
 * Tiny's. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/import.h"
#include "reports/import_parts.h"

/* ---- the firmware that `etinysim build` makes (docs/firmware.md) ---- */

static void serial_pairs(struct import *in, char **f, int n, int from)
{
    for (int i = from; i + 1 < n; i += 2) {
        double v;
        bool number = import_token_real(f[i + 1], &v);
        if (number)
            import_config_real(in, f[i], v);
        else
            import_config_text(in, f[i], f[i + 1]);
        if (!strcmp(f[i], "input"))
            snprintf(in->r->run.shape, sizeof in->r->run.shape, "%.23s", f[i + 1]);
        if (!strcmp(f[i], "quant"))
            snprintf(in->r->run.quant, sizeof in->r->run.quant, "%.15s", f[i + 1]);
        if (!strcmp(f[i], "wbits") && number && v >= 1 && v <= 32)
            in->r->run.wbits = (uint32_t)v;
        if (strcmp(f[i], "core_hz"))
            continue;
        if (number && v >= 1 && v < 1e12)
            in->r->run.clock_hz = (uint64_t)v;
        else
            import_bad_line(in, "core_hz is no clock");
    }
    if ((n - from) % 2)
        import_bad_line(in, "expected pairs of key and value");
}

static void serial_layer(struct import *in, char **f, int n)
{
    static const char *const counters[] = {"cpi", "lsu", "exc", "sleep", "fold"};
    uint64_t rep, index;
    double v;
    if (n < 5 || !import_token_u64(f[1], &rep) || !import_token_u64(f[2], &index) || !*f[3] ||
        !import_token_real(f[4], &v) || rep > 1000000) {
        import_bad_line(in, "expected layer,REP,INDEX,NAME,CYCLES[,CPI,LSU,EXC,SLEEP,FOLD]");
        return;
    }
    import_measured(in, f[3], "layer", (int)rep, "cycles", v);
    for (int i = 0; i < 5 && 5 + i < n; i++)
        if (import_token_real(f[5 + i], &v))
            import_measured(in, f[3], "layer", (int)rep, counters[i], v);
        else
            import_bad_line(in, "a DWT counter is not a number");
}

bool import_serial(struct import *in)
{
    char *f[16];
    bool known = false, ended = false;
    uint64_t reps = 0;
    while (import_next_line(in)) {
        char copy[sizeof in->text];
        memcpy(copy, in->text, sizeof copy);
        int n = import_split(copy, ",", f, 16);
        double v;
        if (!strcmp(f[0], "etinysim") && n >= 4 && !strcmp(f[2], "build")) {
            if (known)
                return err_at(in->e, in->file, in->line,
                              "a second run begins here, expected one run per file");
            known = true;
            snprintf(in->notes->build_id, sizeof in->notes->build_id, "%.79s", f[3]);
            import_config_text(in, "build_id", f[3]);
            import_config_text(in, "firmware_version", f[1]);
        } else if (!strcmp(f[0], "board") && n >= 2) {
            snprintf(in->r->run.platform, sizeof in->r->run.platform, "%.63s", f[1]);
            if (n >= 4 && !strcmp(f[2], "core"))
                snprintf(in->r->run.core, sizeof in->r->run.core, "%.31s", f[3]);
        } else if (!strcmp(f[0], "network") && n >= 2) {
            snprintf(in->r->run.network, sizeof in->r->run.network, "%.63s", f[1]);
            serial_pairs(in, f, n, 2);
        } else if (!strcmp(f[0], "clock")) {
            serial_pairs(in, f, n, 1);
        } else if (!strcmp(f[0], "layer")) {
            serial_layer(in, f, n);
        } else if (!strcmp(f[0], "total")) {
            uint64_t rep;
            if (n < 3 || !import_token_u64(f[1], &rep) || rep > 1000000 ||
                !import_token_real(f[2], &v))
                import_bad_line(in, "expected total,REP,CYCLES");
            else if (++reps)
                import_measured(in, "", "", (int)rep, "total_cycles", v);
        } else if (!strcmp(f[0], "logits") && n >= 4 && !strcmp(f[1], "0")) {
            import_config_text(in, "logits_crc32", f[3]);
        } else if (!strcmp(f[0], "top") && n >= 3 && !strcmp(f[1], "1") &&
                   import_token_real(f[2], &v)) {
            if (!cJSON_HasObjectItem(in->config, "top1"))
                import_config_real(in, "top1", v);
        } else if (!strcmp(f[0], "fault")) {
            return err_at(in->e, in->file, in->line,
                          "the firmware faulted (%.80s), nothing imported", in->text);
        } else if (!strcmp(f[0], "end")) {
            ended = true;
        } /* anything else is chatter of a terminal program */
    }
    if (!known)
        return err_at(
            in->e, in->file, 0,
            "has no line 'etinysim,VERSION,build,ID', expected the log of an etinysim firmware");
    if (!ended)
        return err_at(in->e, in->file, in->line, "the log stops before its line 'end'");
    import_config_real(in, "repetitions", (double)reps);
    return true;
}

/* ---- CSV: layer,cycles and its variants ---- */

enum csv_role {
    CSV_OTHER,
    CSV_LAYER,
    CSV_CYCLES,
    CSV_START,
    CSV_END,
    CSV_S,
    CSV_MS,
    CSV_US,
    CSV_NS,
    CSV_UJ,
    CSV_REP
};

static enum csv_role csv_role(const char *h)
{
    static const struct {
        const char *name;
        enum csv_role role;
    } names[] = {
        {"layer", CSV_LAYER},  {"name", CSV_LAYER},  {"op", CSV_LAYER},   {"cycles", CSV_CYCLES},
        {"ticks", CSV_CYCLES}, {"start", CSV_START}, {"end", CSV_END},    {"s", CSV_S},
        {"seconds", CSV_S},    {"ms", CSV_MS},       {"time_ms", CSV_MS}, {"us", CSV_US},
        {"time_us", CSV_US},   {"ns", CSV_NS},       {"time_ns", CSV_NS}, {"uj", CSV_UJ},
        {"energy_uj", CSV_UJ}, {"rep", CSV_REP},     {"run", CSV_REP},    {"iteration", CSV_REP},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcasecmp(names[i].name, h))
            return names[i].role;
    return CSV_OTHER;
}

bool import_csv(struct import *in)
{
    char *f[16];
    enum csv_role role[16] = {CSV_LAYER, CSV_CYCLES};
    int columns = 0;
    while (import_next_line(in)) {
        double v[16] = {0};
        char *name = NULL;
        bool ok = true;
        if (!*in->text || *in->text == '#')
            continue;
        int n = import_split(in->text, ",;\t", f, 16);
        if (columns == 0) {
            double unused;
            bool heading = n >= 2 && !import_token_real(f[1], &unused);
            columns = n;
            if (heading) {
                int layers = 0, values = 0;
                for (int i = 0; i < n; i++) {
                    role[i] = csv_role(f[i]);
                    layers += role[i] == CSV_LAYER;
                    values += role[i] > CSV_LAYER && role[i] != CSV_REP;
                }
                if (layers != 1 || values == 0)
                    return err_at(
                        in->e, in->file, in->line,
                        "expected a column 'layer' (or 'name') and one of cycles, start and end, "
                        "s, ms, us, ns, energy_uj");
                continue;
            }
            if (n == 3) {
                role[1] = CSV_START;
                role[2] = CSV_END;
            } else if (n != 2) {
                return err_at(in->e, in->file, in->line,
                              "expected layer,cycles or layer,start,end or a line of column names");
            }
        }
        if (n != columns) {
            import_bad_line(in, "has another number of columns than the first line");
            continue;
        }
        for (int i = 0; i < n; i++) {
            if (role[i] == CSV_LAYER)
                name = f[i];
            else if (role[i] != CSV_OTHER)
                ok = ok && import_token_real(f[i], &v[i]);
        }
        if (!ok || !name || !*name) {
            import_bad_line(in,
                            name && !*name ? "the layer has no name" : "a value is not a number");
            continue;
        }
        int rep = -1;
        for (int i = 0; i < n; i++)
            if (role[i] == CSV_REP && v[i] >= 0 && v[i] <= 1000000)
                rep = (int)v[i];
        double start = -1;
        for (int i = 0; i < n; i++) {
            switch (role[i]) {
            case CSV_CYCLES: import_measured(in, name, "layer", rep, "cycles", v[i]); break;
            case CSV_START: start = v[i]; break;
            case CSV_END: /* CYCCNT has 32 bits and may have wrapped once */
                import_measured(in, name, "layer", rep, "cycles",
                                v[i] >= start ? v[i] - start : v[i] - start + 4294967296.0);
                break;
            case CSV_S: import_measured(in, name, "layer", rep, "seconds", v[i]); break;
            case CSV_MS: import_measured(in, name, "layer", rep, "seconds", v[i] * 1e-3); break;
            case CSV_US: import_measured(in, name, "layer", rep, "seconds", v[i] * 1e-6); break;
            case CSV_NS: import_measured(in, name, "layer", rep, "seconds", v[i] * 1e-9); break;
            case CSV_UJ: import_measured(in, name, "layer", rep, "energy_uj", v[i]); break;
            case CSV_OTHER:
            case CSV_LAYER:
            case CSV_REP: break;
            }
        }
    }
    return true;
}

/* ---- TensorFlow Lite Micro: `OP took N ticks (M ms).` or the CSV of its profiler ---- */

bool import_tflm(struct import *in)
{
    char name[160];
    int rep = -1, index = 0;
    bool listing = false, per_tag = false;
    while (import_next_line(in)) {
        char *took = strstr(in->text, " took ");
        if (took) {
            char *end;
            double ticks = strtod(took + 6, &end);
            if (end == took + 6 || strncmp(end, " ticks", 6)) {
                import_bad_line(in, "expected 'OP took N ticks (M ms).'");
                continue;
            }
            if (!listing) {
                listing = true;
                rep++;
                index = 0;
            }
            *took = '\0';
            snprintf(name, sizeof name, "%02d.%.100s", index++, in->text);
            import_measured(in, name, "layer", rep, "cycles", ticks);
            continue;
        }
        listing = false;
        if (strstr(in->text, "\"Unique Tag\"")) {
            /* Sums per kind of operator; the lines above, where there are any, say more. */
            per_tag = rep < 0;
            continue;
        }
        if (!per_tag)
            continue;
        char *f[4];
        double ticks;
        int n = import_split(in->text, ",", f, 4);
        if (strstr(f[0], "total number of ticks") || n != 2) {
            per_tag = false;
        } else if (strstr(f[0], "::")) { /* set-up of the interpreter, not inference */
            continue;
        } else if (import_token_real(f[1], &ticks)) {
            import_measured(in, f[0], "layer", -1, "cycles", ticks);
        } else {
            import_bad_line(in, "expected TAG, TICKS");
        }
    }
    return true;
}

/* ---- ST: the table of `validate`, or its JSON ---- */

static void st_figures(struct import *in, double *duration_ms)
{
    char *p, *end;
    double mhz;
    if ((p = strstr(in->text, "used stack")) && (p = strchr(p, ':')))
        in->stack_bytes = strtod(p + 1, NULL);
    else if ((p = strstr(in->text, "used heap")) && (p = strchr(p, ':')))
        in->heap_bytes = strtod(p + 1, NULL);
    else if ((p = strstr(in->text, "cycles/MACC")) && (p = strchr(p, ':')))
        import_config_real(in, "cycles_per_macc", strtod(p + 1, NULL));
    else if ((p = strstr(in->text, "duration")) && (p = strchr(p, ':')) && strstr(p, " ms"))
        *duration_ms = strtod(p + 1, NULL);
    /* "0x433/... @84MHz/84MHz (FPU is present) lat=2 ART: PRFTen ICen DCen" */
    if ((p = strchr(in->text, '@')) && (mhz = strtod(p + 1, &end)) > 0 && mhz < 10000 &&
        !strncmp(end, "MHz", 3))
        in->r->run.clock_hz = (uint64_t)llround(mhz * 1e6);
    if ((p = strstr(in->text, " lat=")) && strstr(p, "ART")) {
        import_config_real(in, "wait_states", strtod(p + 5, NULL));
        import_config_real(in, "prefetch", strstr(p, "PRFTen") != NULL);
        import_config_real(in, "icache", strstr(p, "ICen") != NULL);
        import_config_real(in, "dcache", strstr(p, "DCen") != NULL);
    }
    if (!(in->stack_bytes >= 0 && in->stack_bytes < 1e12))
        in->stack_bytes = 0;
    if (!(in->heap_bytes >= 0 && in->heap_bytes < 1e12))
        in->heap_bytes = 0;
}

/* "10011/(Merged_Conv2d_/_Pool)" and "Conv2D_(0x103)" without what is not the name of the
 * operation. */
static void st_operation(char *type)
{
    size_t digits = strspn(type, "0123456789");
    if (digits && !strncmp(type + digits, "/(", 2)) {
        memmove(type, type + digits + 2, strlen(type + digits + 2) + 1);
        type[strcspn(type, ")")] = '\0';
    } else {
        char *paren = strchr(type, '(');
        if (paren && paren > type)
            *(paren[-1] == '_' ? paren - 1 : paren) = '\0';
    }
}

/* `c_id m_id type... dur (ms) ...`: the duration is the first number after the type. The older
 * `Clayer id desc oshape ms`: it is the last word, and a shape in parentheses ends the
 * description. */
static void st_row(struct import *in, bool older)
{
    char *f[24], name[160], type[100] = "";
    double id, v, dur = -1;
    int n = 0;
    for (char *save = NULL, *t = strtok_r(in->text, " \t|", &save); t && n < 24;
         t = strtok_r(NULL, " \t|", &save))
        f[n++] = t;
    if (n < 4 || !import_token_real(f[0], &id)) {
        import_bad_line(in, "expected a layer's number, its operation and its milliseconds");
        return;
    }
    bool typed = false;
    for (int i = 2; i < n && dur < 0; i++) {
        typed = typed || (older && f[i][0] == '(' && f[i][strlen(f[i]) - 1] == ',');
        if (*type && import_token_real(f[i], &v) && (!older || i == n - 1))
            dur = v;
        else if (!typed)
            snprintf(type + strlen(type), sizeof type - strlen(type), "%s%s", *type ? "_" : "",
                     f[i]);
    }
    if (dur < 0) {
        import_bad_line(in, "has no duration");
        return;
    }
    st_operation(type);
    snprintf(name, sizeof name, "%02.0f.%.90s", id < 10000 ? id : 9999.0, type);
    import_measured(in, name, "layer", -1, "seconds", dur * 1e-3);
}

static const char *json_word(const cJSON *node, const char *const *keys)
{
    for (; *keys; keys++) {
        const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(node, *keys));
        if (s && *s)
            return s;
    }
    return "layer";
}

static void st_nodes(struct import *in, const cJSON *node, int depth)
{
    static const char *const names[] = {"name", "layer_type", "layer_desc", "type", NULL};
    static const char *const times[] = {"c_durations", "durations", "c_duration",
                                        "duration",    "dur",       NULL};
    if (depth > 32)
        return;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(node, "c_nodes");
    int index = 0;
    const cJSON *c;
    cJSON_ArrayForEach(c, list)
    {
        char name[160];
        const cJSON *t = NULL;
        for (int k = 0; times[k] && !t; k++)
            t = cJSON_GetObjectItemCaseSensitive(c, times[k]);
        snprintf(name, sizeof name, "%02d.%.100s", index++, json_word(c, names));
        if (cJSON_IsNumber(t))
            import_measured(in, name, "layer", -1, "seconds", t->valuedouble * 1e-3);
        else if (cJSON_IsArray(t) && cJSON_GetArraySize(t) > 0) {
            const cJSON *x;
            cJSON_ArrayForEach(x, t)
            {
                if (cJSON_IsNumber(x))
                    import_measured(in, name, "layer", -1, "seconds", x->valuedouble * 1e-3);
                else
                    import_bad_line(in, "a duration is not a number");
            }
        } else {
            import_bad_line(in, "a node of c_nodes has no durations");
        }
    }
    if (!list)
        cJSON_ArrayForEach(c, node) st_nodes(in, c, depth + 1);
}

bool import_st(struct import *in)
{
    size_t skip = 0;
    while (skip < in->n && strchr(" \t\r\n", in->data[skip]) && in->data[skip])
        skip++;
    if (skip < in->n && (in->data[skip] == '{' || in->data[skip] == '[')) {
        cJSON *root = cJSON_ParseWithLength(in->data, in->n);
        if (!root) {
            const char *stop = cJSON_GetErrorPtr();
            int line = 1;
            for (const char *p = in->data; stop && p < stop && p < in->data + in->n; p++)
                line += *p == '\n';
            return err_at(in->e, in->file, line, "is not valid JSON");
        }
        st_nodes(in, root, 0);
        cJSON_Delete(root);
        return true;
    }
    bool table = false, older = false;
    double duration_ms = -1;
    while (import_next_line(in)) {
        bool header =
            strstr(in->text, "c_id") && strstr(in->text, "m_id") && strstr(in->text, "dur");
        bool old_header = strstr(in->text, "Clayer") && strstr(in->text, " ms");
        const char *first = in->text + strspn(in->text, " \t|");
        if (header || old_header) {
            table = true;
            older = old_header;
        } else if (table && strspn(in->text, " -=") == strlen(in->text)) {
            continue; /* a rule, or an empty line */
        } else if (table && *first >= '0' && *first <= '9') {
            /* The line of sums has only numbers, or says so. */
            if (strpbrk(in->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") &&
                !strstr(in->text, "total"))
                st_row(in, older);
        } else {
            table = false;
            st_figures(in, &duration_ms);
        }
    }
    if (in->r->nsample == 0 && duration_ms > 0)
        import_measured(in, "inference", "inference", -1, "seconds", duration_ms * 1e-3);
    return true;
}

/* ---- MLPerf Tiny: results.txt, or the laps of log.txt ---- */

static double after(const char *text, const char *label)
{
    const char *p = strstr(text, label);
    char *end;
    if (!p || !(p = strchr(p, ':')))
        return NAN;
    double v = strtod(p + 1, &end);
    return end > p + 1 && isfinite(v) ? v : (double)NAN;
}

/* "HHHHH.mmm who: text" */
static const char *mlperf_text(const char *line)
{
    size_t digits = strspn(line, "0123456789.");
    const char *colon = strchr(line, ':');
    return digits && line[digits] == ' ' && colon ? colon + 1 : line;
}

bool import_mlperf(struct import *in)
{
    bool results =
        memmem(in->data, in->n, "Runtime ", 8) || memmem(in->data, in->n, "Energy/Inf.", 11);
    /* Laps outside of a batch are other commands' time stamps. */
    bool batches = memmem(in->data, in->n, "m-infer-start-", 14) != NULL;
    uint64_t inferences = 0, batch = 0;
    double lap = -1;
    int laps_in_batch = 0;
    while (import_next_line(in)) {
        const char *t = mlperf_text(in->text);
        double v;
        if (results) {
            if (strstr(t, "# Inferences")) {
                v = after(t, "# Inferences");
                inferences = v >= 1 && v < 1e9 ? (uint64_t)v : 0;
                if (!inferences)
                    import_bad_line(in, "expected '# Inferences : N'");
            } else if (strstr(t, "Runtime ") && !strstr(t, "requirement")) {
                v = after(t, "Runtime ");
                if (!inferences || isnan(v))
                    import_bad_line(in, "a runtime without a count of inferences, or no number");
                else
                    import_measured(in, "inference", "inference", -1, "seconds",
                                    v / (double)inferences);
                inferences = 0;
            } else if (strstr(t, "Energy/Inf.")) {
                v = after(t, "Energy/Inf.");
                if (isnan(v))
                    import_bad_line(in, "expected 'Energy/Inf. : X uJ/inf.'");
                else
                    import_measured(in, "inference", "inference", -1, "energy_uj", v);
            }
            continue;
        }
        const char *p;
        if ((p = strstr(t, "m-infer-start-"))) {
            batch = strtoull(p + 14, NULL, 10);
            laps_in_batch = 0;
            if (batch == 0 || batch > 1000000000)
                import_bad_line(in, "expected m-infer-start-N");
        } else if (strstr(t, "m-infer-done")) {
            batch = 0;
        } else if ((p = strstr(t, "m-lap-us-")) && (batch || !batches)) {
            char *end;
            v = strtod(p + 9, &end);
            if (end == p + 9 || !isfinite(v)) {
                import_bad_line(in, "expected m-lap-us-T");
            } else if (laps_in_batch++ % 2 == 0) {
                lap = v;
            } else if (v < lap) {
                import_bad_line(in, "a lap ends before it begins");
            } else {
                uint64_t each = in->o->inferences ? in->o->inferences : batch ? batch : 1;
                import_measured(in, "inference", "inference", -1, "seconds",
                                (v - lap) * 1e-6 / (double)each);
            }
        }
    }
    return true;
}
