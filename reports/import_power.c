/* Traces of supply current and energy, cut into inferences.
 *
 * A trace is a sequence of samples, each worth some energy over some time. Windows are cut by a
 * digital channel (the firmware holds a pin high during an inference), by time stamps, by a level
 * of current, or there is one window, the whole trace. Each whole window gives one repetition of
 * energy_uj and seconds, divided by the inferences in it; a window that the trace's begin or end
 * cuts is left out. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/import.h"
#include "reports/import_parts.h"

enum { MAX_STAMPS = 100000, MAX_WINDOWS = 100000 };

struct cutter {
    struct import *in;
    double *stamp; /* owned: seconds, windows are [1],[2] [3],[4] ... */
    int nstamp, next;
    bool started, inside, whole; /* whole: the window's begin was seen */
    double energy, seconds, end; /* of the window so far; `end` of the last sample */
    uint64_t windows;
};

static bool cutter_open(struct cutter *c, struct import *in)
{
    *c = (struct cutter){.in = in, .next = 1};
    if (!in->o->timestamps)
        return true;
    cJSON *root = cJSON_Parse(in->o->timestamps), *x;
    int n = cJSON_IsArray(root) ? cJSON_GetArraySize(root) : -1;
    bool ok = n >= 3 && n <= MAX_STAMPS;
    c->stamp = ok ? calloc((size_t)n, sizeof *c->stamp) : NULL;
    ok = ok && c->stamp;
    if (ok)
        cJSON_ArrayForEach(x, root)
        {
            ok = ok && cJSON_IsNumber(x) &&
                 (c->nstamp == 0 || x->valuedouble >= c->stamp[c->nstamp - 1]);
            c->stamp[c->nstamp++] = ok ? x->valuedouble : 0;
        }
    cJSON_Delete(root);
    if (!ok) {
        free(c->stamp);
        c->stamp = NULL;
    }
    return ok ||
           err_set(in->e, ERR_INPUT,
                   "the time stamps are no JSON list of at least three rising numbers of seconds");
}

static void cutter_end_window(struct cutter *c)
{
    double each = (double)(c->in->o->inferences ? c->in->o->inferences : 1);
    if (c->whole && c->seconds > 0 && c->windows < MAX_WINDOWS) {
        import_measured(c->in, "inference", "inference", (int)c->windows, "energy_uj",
                        c->energy * 1e6 / each);
        import_measured(c->in, "inference", "inference", (int)c->windows, "seconds",
                        c->seconds / each);
        c->windows++;
    }
    c->energy = c->seconds = 0;
}

/* A sample from time t on, for dt seconds, worth `joule`; pin: -1 unknown. */
static void cutter_add(struct cutter *c, double t, double dt, double joule, double amps, int pin)
{
    const struct import_options *o = c->in->o;
    bool inside = true;
    if (c->stamp) {
        while (c->next + 1 < c->nstamp && t >= c->stamp[c->next + 1]) {
            if (c->inside)
                cutter_end_window(c);
            c->inside = false;
            c->next += 2;
        }
        inside = c->next + 1 < c->nstamp && t >= c->stamp[c->next];
    } else if (o->gpio >= 0) {
        inside = pin < 0 ? c->inside : pin != 0;
    } else if (o->level_ma > 0) {
        inside = amps * 1e3 > o->level_ma;
    }
    if (inside && !c->inside) {
        bool cut = c->stamp ? t > c->stamp[c->next] + dt : o->gpio >= 0 || o->level_ma > 0;
        c->whole = c->started || !cut;
    }
    if (!inside && c->inside)
        cutter_end_window(c);
    if (inside) {
        c->energy += joule;
        c->seconds += dt;
    }
    c->inside = inside;
    c->started = true;
    c->end = t + dt;
}

static bool cutter_close(struct cutter *c)
{
    const struct import_options *o = c->in->o;
    /* Only the whole trace, or a window whose time stamp is reached, ends with the last sample. */
    if (c->inside && (c->stamp ? c->end >= c->stamp[c->next + 1] : o->gpio < 0 && o->level_ma <= 0))
        cutter_end_window(c);
    c->in->notes->windows = c->windows;
    import_config_text(c->in, "cut",
                       c->stamp          ? "timestamps"
                       : o->gpio >= 0    ? "gpio"
                       : o->level_ma > 0 ? "level"
                                         : "whole trace");
    import_config_real(c->in, "inferences_per_window", (double)(o->inferences ? o->inferences : 1));
    free(c->stamp);
    if (c->started && c->windows == 0)
        return err_at(c->in->e, c->in->file, 0, "no whole inference window was found (%s)",
                      o->timestamps  ? "by time stamps"
                      : o->gpio >= 0 ? "by the digital channel"
                                     : "by level");
    return true;
}

static bool need_volts(struct import *in)
{
    if (in->o->volts > 0 && in->o->volts < 1000) {
        import_config_real(in, "supply_v", in->o->volts);
        return true;
    }
    return err_at(in->e, in->file, 0, "holds current but no voltage, expected --volts V");
}

/* ---- EnergyRunner: 0xF1, float rate, floats of microjoules per sample; little endian ---- */

static double le_float(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    uint32_t u = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    float f;
    memcpy(&f, &u, sizeof f);
    return (double)f;
}

bool import_energyrunner(struct import *in)
{
    struct cutter c;
    if (in->n < 9 || (unsigned char)in->data[0] != 0xf1)
        return err_at(
            in->e, in->file, 0,
            "does not begin with 0xF1 and a sample rate, expected an EnergyRunner energy trace");
    double rate = le_float(in->data + 1);
    if (!(rate > 0 && rate <= 1e7))
        return err_at(in->e, in->file, 0,
                      "has the sample rate %g, expected 0 to 1e7 samples a second", rate);
    if ((in->n - 5) % 4)
        return err_at(in->e, in->file, 0, "is truncated: %zu bytes after the last whole sample",
                      (in->n - 5) % 4);
    if (!cutter_open(&c, in))
        return false;
    import_config_real(in, "sample_rate_hz", rate);
    for (size_t i = 0; i < (in->n - 5) / 4; i++) {
        double uj = le_float(in->data + 5 + 4 * i);
        if (!(uj >= -1e9 && uj <= 1e9)) {
            import_bad_line(in, "a sample is not a number of microjoules");
            continue;
        }
        cutter_add(&c, (double)i / rate, 1 / rate, uj * 1e-6, uj * 1e-6 * rate, -1);
    }
    return cutter_close(&c);
}

/* ---- Nordic PPK2: Timestamp(ms),Current(uA),D0-D7 and/or D0,...,D7 ---- */

bool import_ppk2(struct import *in)
{
    struct cutter c;
    char *f[16];
    int ts = -1, ua = -1, bits = -1, pin = -1, columns = 0;
    if (!import_next_line(in))
        return true;
    columns = import_split(in->text, ",", f, 16);
    for (int i = 0; i < columns; i++) {
        char d[4] = {'D', (char)('0' + (in->o->gpio >= 0 && in->o->gpio < 8 ? in->o->gpio : 0)),
                     '\0'};
        if (!strcmp(f[i], "Timestamp(ms)"))
            ts = i;
        else if (!strcmp(f[i], "Current(uA)"))
            ua = i;
        else if (!strcmp(f[i], "D0-D7"))
            bits = i;
        else if (!strcmp(f[i], d))
            pin = i;
    }
    if (ua < 0)
        return err_at(in->e, in->file, 1, "has no column Current(uA), expected a PPK2 export");
    if (in->o->gpio >= 0 && bits < 0 && pin < 0)
        return err_at(in->e, in->file, 1, "has no digital channels, expected D0-D7 or D%d",
                      in->o->gpio);
    if (in->o->gpio > 7)
        return err_set(in->e, ERR_INPUT, "--gpio %d: the instrument has channels 0 to 7",
                       in->o->gpio);
    if (!need_volts(in) || !cutter_open(&c, in))
        return false;
    double last = -1, dt = 1e-5; /* 100 000 samples a second where there is no time */
    uint64_t k = 0;
    while (import_next_line(in)) {
        double t, current;
        int level = -1;
        int n = import_split(in->text, ",", f, 16);
        if (n == 1 && !*f[0])
            continue;
        if (n != columns || !import_token_real(f[ua], &current) ||
            (ts >= 0 && !import_token_real(f[ts], &t))) {
            import_bad_line(in, "expected the columns of the first line as numbers");
            continue;
        }
        if (ts < 0)
            t = (double)k * dt * 1e3;
        t *= 1e-3;
        if (k && t <= last) {
            import_bad_line(in, "time does not advance");
            continue;
        }
        if (bits >= 0 && in->o->gpio >= 0 && strlen(f[bits]) == 8)
            level = f[bits][in->o->gpio] == '1' ? 1 : f[bits][in->o->gpio] == '0' ? 0 : -1;
        else if (pin >= 0)
            level = *f[pin] == '1' ? 1 : *f[pin] == '0' ? 0 : -1;
        if (k)
            dt = t - last;
        cutter_add(&c, t, dt, current * 1e-6 * in->o->volts * dt, current * 1e-6, level);
        last = t;
        k++;
    }
    return cutter_close(&c);
}

/* ---- Joulescope: statistics (#time,current,voltage,power,charge,energy)
 * or waveform (# time,DEV.i,DEV.v,...) ---- */

static bool ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), k = strlen(suffix);
    return n >= k && !strcmp(s + n - k, suffix);
}

bool import_joulescope(struct import *in)
{
    struct cutter c;
    char *f[16];
    char gpi[16];
    int time = -1, cur = -1, vol = -1, pow = -1, ene = -1, pin = -1;
    snprintf(gpi, sizeof gpi, ".gpi[%d]", in->o->gpio >= 0 && in->o->gpio < 100 ? in->o->gpio : 0);
    if (!import_next_line(in))
        return true;
    char *head = in->text + strspn(in->text, "# ");
    int columns = import_split(head, ",", f, 16);
    for (int i = 0; i < columns; i++) {
        if (!strcmp(f[i], "time"))
            time = i;
        else if (!strcmp(f[i], "current") || ends(f[i], ".i"))
            cur = i;
        else if (!strcmp(f[i], "voltage") || ends(f[i], ".v"))
            vol = i;
        else if (!strcmp(f[i], "power") || ends(f[i], ".p"))
            pow = i;
        else if (!strcmp(f[i], "energy"))
            ene = i;
        else if (ends(f[i], gpi) || (ends(f[i], ".0") && in->o->gpio == 0))
            pin = i;
    }
    if (time < 0)
        return err_at(in->e, in->file, 1,
                      "has no column time, expected a Joulescope export with time");
    if (cur < 0 && pow < 0 && ene < 0)
        return err_at(in->e, in->file, 1, "has no column of current, power or energy");
    if (in->o->gpio >= 0 && pin < 0)
        return err_at(in->e, in->file, 1, "has no digital channel %s", gpi);
    if (ene < 0 && pow < 0 && vol < 0 && !need_volts(in))
        return false;
    if (!cutter_open(&c, in))
        return false;
    double t0 = 0, e0 = 0, p0 = 0, i0 = 0;
    int pin0 = -1;
    uint64_t k = 0;
    while (import_next_line(in)) {
        double v[16];
        bool ok = true;
        int n = import_split(in->text, ",", f, 16);
        if ((n == 1 && !*f[0]) || *in->text == '#')
            continue;
        for (int i = 0; i < n && ok; i++)
            ok = import_token_real(f[i], &v[i]);
        if (!ok || n != columns) {
            import_bad_line(in, "expected the columns of the first line as numbers");
            continue;
        }
        double t = v[time];
        if (k && t <= t0) {
            import_bad_line(in, "time does not advance");
            continue;
        }
        /* A row of the statistics closes its interval, a row of the waveform opens it: both give
         * the energy between two rows, as a difference or as power x time. */
        if (k) {
            double joule = ene >= 0 ? v[ene] - e0 : p0 * (t - t0);
            cutter_add(&c, t0, t - t0, joule, i0, pin0);
        }
        t0 = t;
        e0 = ene >= 0 ? v[ene] : 0;
        i0 = cur >= 0 ? v[cur] : 0;
        p0 = pow >= 0 ? v[pow] : cur >= 0 ? i0 * (vol >= 0 ? v[vol] : in->o->volts) : 0;
        pin0 = pin >= 0 ? v[pin] != 0 : -1;
        k++;
    }
    return cutter_close(&c);
}

/* ---- ST LPM01A, format ascii_dec: "6409-07" is 6409e-7 A, or J with `output energy` ---- */

static bool lpm_value(const char *t, double *out)
{
    if (strlen(t) != 7 || strspn(t, "0123456789") != 4 || (t[4] != '+' && t[4] != '-') ||
        strspn(t + 5, "0123456789") != 2)
        return false;
    double mantissa = strtod((char[]){t[0], t[1], t[2], t[3], '\0'}, NULL);
    *out = mantissa * pow(10, strtol(t + 4, NULL, 10));
    return isfinite(*out);
}

bool import_lpm01a(struct import *in)
{
    struct cutter c;
    double rate = in->o->rate_hz, v;
    bool joules = false;
    int pin = 0;
    uint64_t k = 0;
    char *p;
    if (!cutter_open(&c, in))
        return false;
    while (import_next_line(in)) {
        if ((p = strstr(in->text, "freq "))) {
            char *end;
            double hz = strtod(p + 5, &end) * (*end == 'k' ? 1000 : 1);
            if (rate <= 0 && hz > 0 && hz <= 100000)
                rate = hz;
            continue;
        }
        if (strstr(in->text, "output energy"))
            joules = true;
        if (strstr(in->text, "event ")) {
            pin = strstr(in->text, "ris") ? 1 : strstr(in->text, "fal") ? 0 : pin;
            continue;
        }
        if (!strchr("0123456789", in->text[strspn(in->text, " ")]) || !*in->text)
            continue; /* prompts, acknowledgements, time stamps, summary */
        for (char *save = NULL, *t = strtok_r(in->text, " \t", &save); t;
             t = strtok_r(NULL, " \t", &save)) {
            if (!lpm_value(t, &v)) {
                import_bad_line(in, "expected values like 6409-07");
                break;
            }
            if (k == 0 && !(rate > 0 && rate <= 100000)) {
                err_at(in->e, in->file, in->line,
                       "the sample rate is not in the log, expected --rate HZ");
                goto fail;
            }
            if (k == 0 && !joules && !need_volts(in))
                goto fail;
            cutter_add(&c, (double)k / rate, 1 / rate, joules ? v : v * in->o->volts / rate,
                       joules ? 0 : v, pin);
            k++;
        }
    }
    return cutter_close(&c);
fail:
    free(c.stamp);
    return false;
}

/* ---- TI EnergyTrace: time us, current nA, voltage mV, energy nJ (cumulative) ---- */

bool import_energytrace(struct import *in)
{
    struct cutter c;
    char *f[8];
    double t0 = 0, e0 = 0, i0 = 0;
    uint64_t k = 0;
    if (!cutter_open(&c, in))
        return false;
    while (import_next_line(in)) {
        double v[4];
        bool ok = true, blank = strspn(in->text, " \t") == strlen(in->text);
        if (blank || *in->text == '#' || (k == 0 && strpbrk(in->text, "abcdfghijklmnopqrstuvwxyz")))
            continue; /* a heading */
        char *g[16];
        int n = import_split(in->text, strpbrk(in->text, ",;") ? ",;" : " \t", g, 16), m = 0;
        for (int i = 0; i < n; i++) /* several blanks between columns make empty fields */
            if (*g[i] && m < 8)
                f[m++] = g[i];
        for (int i = 0; i < 4 && i < m && ok; i++)
            ok = import_token_real(f[i], &v[i]);
        if (!ok || m != 4) {
            import_bad_line(in,
                            "expected four numbers: time us, current nA, voltage mV, energy nJ");
            continue;
        }
        double t = v[0] * 1e-6, e = v[3] * 1e-9;
        if (k && (t <= t0 || e < e0)) {
            import_bad_line(in, "time or energy goes back");
            continue;
        }
        if (k)
            cutter_add(&c, t0, t - t0, e - e0, i0, -1);
        t0 = t;
        e0 = e;
        i0 = v[1] * 1e-9;
        k++;
    }
    return cutter_close(&c);
}
