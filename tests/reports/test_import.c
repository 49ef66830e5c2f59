/* reports/import: every format in its published layout gives the published numbers; every kind of
 * damage gives one clear line and no rows in the database. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/import.h"

static struct rows rows;
static struct import_notes notes;
static struct err e;
static struct import_options o;

static int fresh(void **state)
{
    (void)state;
    rows = (struct rows){0};
    notes = (struct import_notes){0};
    e = (struct err){0};
    o = (struct import_options){.platform = "stm32f746", .gpio = -1};
    return 0;
}

static int done(void **state)
{
    (void)state;
    rows_free(&rows);
    buf_free(&notes.bad_lines);
    return 0;
}

static bool parse_bytes(const char *kind, const char *file, const char *data, size_t n)
{
    rows_free(&rows);
    buf_free(&notes.bad_lines);
    e = (struct err){0};
    /* A copy without a NUL behind it, so that reading past the end shows under ASan. */
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, data, n);
    bool ok = import_parse(kind, file, copy, n, &o, &rows, &notes, &e);
    free(copy);
    return ok;
}

static bool parse(const char *kind, const char *text)
{
    return parse_bytes(kind, "f.txt", text, strlen(text));
}

static void good(const char *kind, const char *text)
{
    if (!parse(kind, text))
        fail_msg("%s: %s", kind, e.msg);
}

static void refused(const char *kind, const char *text, const char *part)
{
    if (parse(kind, text))
        fail_msg("%s: was taken", kind);
    assert_int_equal(e.code, ERR_INPUT);
    if (!strstr(e.msg, part))
        fail_msg("%s: '%s' lacks '%s'", kind, e.msg, part);
}

static uint64_t tally(const char *scope, const char *component, const char *action)
{
    for (size_t i = 0; i < rows.ntally; i++)
        if (!strcmp(rows.scope[rows.tally[i].scope].name, scope) &&
            !strcmp(rows.tally[i].component, component) && !strcmp(rows.tally[i].action, action))
            return rows.tally[i].count;
    fail_msg("no tally %s %s %s", scope, component, action);
    return 0;
}

static double sample(const char *scope, int rep, const char *quantity)
{
    for (size_t i = 0; i < rows.nsample; i++)
        if (!strcmp(rows.scope[rows.sample[i].scope].name, scope) && rows.sample[i].rep == rep &&
            !strcmp(rows.sample[i].quantity, quantity))
            return rows.sample[i].value;
    fail_msg("no sample %s %d %s", scope, rep, quantity);
    return 0;
}

static void near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-9 * fabs(b)))
        fail_msg("%.17g, expected %.17g", a, b);
}

#define HEAD                                                                                      \
    "etinysim,0.1.0,build,00112233445566778899aabbccddeeff00112233\nboard,stm32f746,core,cortex-" \
    "m7\n"                                                                                        \
    "network,etinynet-1.0,input,224x224x3,wbits,8,quant,int8,plan,inplace,kernels,fast\n"         \
    "clock,core_hz,216000000,bus_hz,216000000,wait_states,7,icache,1,dcache,1,prefetch,0\n"
#define BODY                                                                                    \
    "layer,0,0,conv0,1000,5,6,0,0,1\nlayer,0,1,fc,300,1,2,0,0,0\ntotal,0,1310\nlogits,0,crc32," \
    "DEADBEEF\ntop,1,285,99\n"                                                                  \
    "layer,1,0,conv0,1010,5,6,0,0,1\nlayer,1,1,fc,302,1,2,0,0,0\ntotal,1,1322\n"                \
    "layer,2,0,conv0,1004,5,6,0,0,1\nlayer,2,1,fc,301,1,2,0,0,0\ntotal,2,1315\n"

static void serial(void **state)
{
    (void)state;
    good("serial", "minicom says hello\r\n" HEAD BODY "end\n");
    assert_int_equal(rows.run.clock_hz, 216000000);
    assert_string_equal(rows.run.network, "etinynet-1.0");
    assert_string_equal(rows.run.core, "cortex-m7");
    assert_string_equal(notes.build_id, "00112233445566778899aabbccddeeff00112233");
    assert_int_equal(tally("conv0", "measured", "cycles"), 1004); /* the median of three */
    assert_int_equal(tally("fc", "measured", "cycles"), 301);
    assert_int_equal(tally("conv0", "dwt", "lsu"), 6);
    near(sample("conv0", 1, "cycles"), 1010);
    assert_non_null(strstr(rows.run.config_json, "\"wait_states\": 7"));
    assert_non_null(strstr(rows.run.config_json, "\"logits_crc32\": \"DEADBEEF\""));
    assert_int_equal(notes.bad, 0);
}

static void serial_damaged(void **state)
{
    (void)state;
    refused("serial", "", "is empty");
    refused("serial", "hello\nworld\n", "expected the log of an etinysim firmware");
    refused("serial", HEAD BODY, "stops before its line 'end'");
    refused("serial", HEAD "end\n", "holds no measurement");
    refused("serial", "etinysim,0.1.0,build,00\nclock,core_hz,fast\n" BODY "end\n",
            "gives cycles but no clock");
    refused("serial", HEAD BODY HEAD "end\n", "a second run begins");
    refused("serial", HEAD BODY "fault,hfsr,40000000,cfsr,82,pc,8000123\n", "the firmware faulted");
    refused(
        "serial",
        HEAD
        "layer,0,0,conv0,oops\nlayer,0,1,fc\nlayer,0\nlayer,0,1,fc,-5\nlayer,0,0,conv0,9\nend\n",
        "5: expected layer,REP");
    o.platform = "stm32f412";
    refused("serial", HEAD BODY "end\n", "is a log of stm32f746, expected stm32f412");
    o.force = true;
    good("serial", HEAD BODY "end\n");
    assert_string_equal(rows.run.platform, "stm32f412");
    o = (struct import_options){.platform = "stm32f746", .gpio = -1};
    good("serial", HEAD BODY "layer,3,0,conv0,x\nlayer,3,1,fc,300\nend\n");
    assert_int_equal(notes.bad, 1);
    assert_string_equal(
        buf_text(&notes.bad_lines),
        "f.txt:16: expected layer,REP,INDEX,NAME,CYCLES[,CPI,LSU,EXC,SLEEP,FOLD]\n");
}

static void csv(void **state)
{
    (void)state;
    refused("csv", "a,10\nb,20\n", "gives cycles but no clock");
    o.clock_hz = 1000000;
    good("csv", "a,10\nb,20\na,12\nb,20\na,14\n");
    assert_int_equal(tally("a", "measured", "cycles"), 12);
    near(sample("a", 2, "cycles"), 14);
    good("csv", "layer,cycles\na,7\n");
    assert_int_equal(tally("a", "measured", "cycles"), 7);
    good("csv", "a,4294967290,10\n"); /* CYCCNT wrapped */
    assert_int_equal(tally("a", "measured", "cycles"), 16);
    good("csv", "# made by hand\nname;us\nx;2.5\n");
    near(sample("x", 0, "seconds"), 2.5e-6);
    assert_int_equal(tally("x", "measured", "cycles"), 3); /* 2.5 us at 1 MHz, rounded */
    good("csv", "rep,name,ms,energy_uj,comment\n0,x,2,5,hi\n1,x,4,7,ho\n");
    near(sample("x", 1, "seconds"), 4e-3);
    assert_int_equal(tally("x", "supply", "pj"), 6000000);
    o.clock_hz = 0;
    good("csv", "name,ns\nx,1500\n");
    assert_int_equal(tally("x", "time", "ns"), 1500);
}

static void csv_damaged(void **state)
{
    (void)state;
    o.clock_hz = 1000000;
    refused("csv", "colour,taste\nred,sweet\n", "1: expected a column 'layer'");
    refused("csv", "a,b,c,d\n", "1: expected a column 'layer'");
    refused("csv", "a,1,2,3\n", "1: expected layer,cycles or layer,start,end");
    refused("csv", "a,1\nb\nc\nd,nan\n", "3 bad lines, 1 good values");
    refused("csv", "rep,layer,cycles\n0,a,5\n0,a,6\n0,a,7\n",
            "the same repetition of a layer is given twice");
    refused("csv", "a,1e99\n", "absurdly large");
    good("csv", "a,1\nb,2\nc,3\noops\n");
    assert_string_equal(buf_text(&notes.bad_lines),
                        "f.txt:4: has another number of columns than the first line\n");
}

static void tflm(void **state)
{
    (void)state;
    o.clock_hz = 100000000;
    good("tflm", "Input CRC32: 0x14F6A510\n\nDEPTHWISE_CONV_2D took 200 ticks (8 ms).\nCONV_2D "
                 "took 300 ticks (9 ms).\n"
                 "DEPTHWISE_CONV_2D took 100 ticks (3 ms).\n\n\"Unique Tag\",\"Total ticks across "
                 "all events with that tag.\"\n"
                 "DEPTHWISE_CONV_2D, 300\nCONV_2D, 300\n\"total number of ticks\", 600\n\nOutput "
                 "CRC32: 0xA4A6A6BE\n"
                 "DEPTHWISE_CONV_2D took 220 ticks (8 ms).\nCONV_2D took 300 ticks (9 "
                 "ms).\nDEPTHWISE_CONV_2D took 100 ticks (3 ms).\n");
    assert_int_equal(rows.nsample, 6);
    assert_int_equal(tally("00.DEPTHWISE_CONV_2D", "measured", "cycles"), 210);
    assert_int_equal(tally("02.DEPTHWISE_CONV_2D", "measured", "cycles"), 100);
    good("tflm", "\"Unique Tag\",\"Total ticks across all events with that "
                 "tag.\"\ntflite::GetModel, 4\nCONV_2D, 1001689\nRESHAPE, 797\n"
                 "\"total number of ticks\", 1002486\n[RecordingMicroAllocator] Arena allocation "
                 "total 15732 bytes\n");
    assert_int_equal(tally("CONV_2D", "measured", "cycles"), 1001689);
    assert_int_equal(rows.nsample, 2);
    refused("tflm", "CONV_2D took many ticks\n", "expected 'OP took N ticks");
    refused("tflm", "nothing here\n", "holds no measurement");
}

static void st(void **state)
{
    (void)state;
    good("st", " used stack: 876 bytes\n used heap : 0 bytes\n cycles/MACC : 9.45\n\n"
               " ------------------------------------------------------\n c_id    m_id   type      "
               "             dur (ms)       %   cumul\n"
               " ------------------------------------------------------\n 0       0      Conv2D "
               "(0x103)          22.349   5.2%    5.2%\n"
               " 1       1      Conv2D (0x103)           9.5    2.2%    7.4%\n 2       3      "
               "Dense (0x104)            0.25   0.1%    7.5%\n"
               " -----------------------------------------------------\n                           "
               "             32.099 ms\n");
    near(sample("00.Conv2D", 0, "seconds"), 22.349e-3);
    near(sample("02.Dense", 0, "seconds"), 0.25e-3);
    assert_int_equal(rows.nsample, 3);
    assert_int_equal(rows.npeak, 1);
    assert_int_equal(rows.peak[0].bytes, 876);
    good("st", " 0x411/UNKNOW @168MHz/168MHz (FPU is present) lat=5 ART: PRFTen ICen DCen\n "
               "duration    : 62.976 ms (average)\n"
               " cycles/MACC : 12.09 (average for all layers)\n\nClayer  id  desc                  "
               "        oshape            ms\n"
               "--------------------------------------------------\n0       0   10011/(Merged "
               "Conv2d / Pool)  (10, 44, 1, 128)  14.470\n"
               "1       4   10005/(Dense)                 (10, 1, 1, 128)   45.291\n               "
               "                     59.761 (total)\n");
    near(sample("00.Merged_Conv2d_/_Pool", 0, "seconds"), 14.470e-3);
    assert_int_equal(tally("01.Dense", "measured", "cycles"), 7608888);
    assert_int_equal(rows.nsample, 2);
    assert_non_null(strstr(rows.run.config_json, "\"wait_states\": 5, \"prefetch\": 1"));
    good("st", "nb sample(s)   :   540\nduration       :   11.970 ms by sample "
               "(11.733/12.052/0.097)\nmacc           :   2938\n");
    near(sample("inference", 0, "seconds"), 11.970e-3);
    good("st", "{\"profiler\": {\"c_nodes\": [{\"name\": \"conv\", \"c_durations\": [1.5, 2.5, "
               "2.0]}, {\"layer_type\": \"dense\", \"c_duration\": 3}]}}");
    near(sample("00.conv", 1, "seconds"), 2.5e-3);
    assert_int_equal(tally("00.conv", "time", "ns"), 2000000);
    near(sample("01.dense", 0, "seconds"), 3e-3);
    refused("st", "{\"c_nodes\": [\n{\"name\": \"x\"\n", "f.txt:2: is not valid JSON");
    refused("st", "{\"c_nodes\": [{\"name\": \"x\"}]}", "has no durations");
    refused("st", "c_id m_id type dur (ms)\n 0 0 Conv2D\n", "expected a layer's number");
}

static void mlperf(void **state)
{
    (void)state;
    good("mlperf", "00729.917 ulp-ml: Energy data for window 2 at time 10.99 for 11.69 sec.:\n"
                   "00729.917 ulp-ml:   Energy       :   607088.930 uJ\n00729.917 ulp-ml:   Power  "
                   "      :    51936.772 uW\n"
                   "00729.917 ulp-ml:   Energy/Inf.  :    20236.298 uJ/inf.\n00729.920 ulp-ml:   "
                   "Energy/Inf.  :    20237.154 uJ/inf.\n"
                   "00729.920 ulp-ml:   Energy/Inf.  :    20216.245 uJ/inf.\n00729.930 ulp-ml: "
                   "Median energy cost is 20236.298 uJ/inf.\n"
                   "00729.930 ulp-ml: Performance results for window 2:\n00729.930 ulp-ml:   # "
                   "Inferences :           30\n"
                   "00729.930 ulp-ml:   Runtime      :       11.690 sec.\n00729.930 ulp-ml:   "
                   "Throughput   :        2.566 inf./sec.\n"
                   "00729.931 ulp-ml: Runtime requirements have been met.\n");
    /* the published median */
    assert_int_equal(tally("inference", "supply", "pj"), UINT64_C(20236298000));
    near(sample("inference", 0, "seconds"), 11.690 / 30);
    good("mlperf", "1.0 dut: m-lap-us-5\n1.0 dut: m-infer-start-100\n1.0 dut: "
                   "m-lap-us-19413000\n2.0 dut: m-lap-us-58368000\n"
                   "2.0 dut: m-infer-done\n3.0 dut: m-infer-start-100\n3.0 dut: "
                   "m-lap-us-62985000\n4.0 dut: m-lap-us-101938000\n"
                   "4.0 dut: m-infer-done\n");
    near(sample("inference", 0, "seconds"), 0.38955);
    near(sample("inference", 1, "seconds"), 0.38953);
    refused("mlperf", "1.0 dut: m-infer-start-2\n1.0 dut: m-lap-us-20\n1.0 dut: m-lap-us-10\n",
            "a lap ends before it begins");
    refused("mlperf", "1.0 x: Runtime : 5 sec.\n", "a runtime without a count of inferences");
}

static void put_float(char *p, float f)
{
    uint32_t u;
    memcpy(&u, &f, 4);
    for (int i = 0; i < 4; i++)
        p[i] = (char)(u >> (8 * i));
}

static void energyrunner(void **state)
{
    (void)state;
    enum { N = 1000 };
    char trace[5 + 4 * N];
    trace[0] = (char)0xf1;
    put_float(trace + 1, 100.0F);
    for (int i = 0; i < N; i++)
        put_float(trace + 5 + 4 * i, i >= 100 && i < 300   ? 50.0F
                                     : i >= 500 && i < 700 ? 70.0F
                                                           : 1.0F);
    o.timestamps = "[0.01, 1.0, 3.0, 5.0, 7.0]";
    o.inferences = 10;
    assert_true(parse_bytes("energyrunner", "t.bin", trace, sizeof trace));
    assert_int_equal(notes.windows, 2);
    near(sample("inference", 0, "energy_uj"), 200 * 50 / 10.0);
    near(sample("inference", 1, "energy_uj"), 200 * 70 / 10.0);
    near(sample("inference", 0, "seconds"), 0.2);
    assert_false(parse_bytes("energyrunner", "t.bin", trace, sizeof trace - 1));
    assert_non_null(strstr(e.msg, "is truncated: 3 bytes"));
    assert_false(parse_bytes("energyrunner", "t.bin", trace + 1, sizeof trace - 1));
    assert_non_null(strstr(e.msg, "does not begin with 0xF1"));
    o.timestamps = "[3, 2, 1]";
    assert_false(parse_bytes("energyrunner", "t.bin", trace, sizeof trace));
    assert_non_null(strstr(e.msg, "rising numbers"));
    o.timestamps = "[100, 101, 102]";
    assert_false(parse_bytes("energyrunner", "t.bin", trace, sizeof trace));
    assert_non_null(strstr(e.msg, "no whole inference window"));
    put_float(trace + 1, -1.0F);
    assert_false(parse_bytes("energyrunner", "t.bin", trace, sizeof trace));
    assert_non_null(strstr(e.msg, "sample rate"));
}

static void ppk2(void **state)
{
    (void)state;
    static const char text[] = "Timestamp(ms),Current(uA),D0-D7\n0,1000.000,10000000\n1,1000.000,"
                               "00000000\n2,2000.000,10000000\n"
                               "3,2000.000,10000000\n4,1000.000,00000000\n5,4000.000,1-X00000\n6,"
                               "1000.000,00000000\n7,9.0,10000000\n";
    refused("ppk2", text, "holds current but no voltage");
    o.volts = 3;
    o.gpio = 0;
    good("ppk2", text);
    /* those that the begin and the end of the trace cut are left out */
    assert_int_equal(notes.windows, 2);
    near(sample("inference", 0, "energy_uj"), 2 * 2e-3 * 3 * 1e-3 * 1e6);
    near(sample("inference", 0, "seconds"), 2e-3);
    near(sample("inference", 1, "energy_uj"), 4e-3 * 3 * 1e-3 * 1e6);
    o.gpio = -1;
    o.level_ma = 1.5;
    good("ppk2", text);
    assert_int_equal(notes.windows, 2);
    o.level_ma = 0;
    good("ppk2", text);
    assert_int_equal(notes.windows, 1);
    o.gpio = 3;
    good("ppk2", "Timestamp(ms),Current(uA),D0,D1,D2,D3\n0,1,0,0,0,0\n1,1,0,0,0,1\n2,1,0,0,0,0\n");
    assert_int_equal(notes.windows, 1);
    refused("ppk2", "Timestamp(ms),Current(uA)\n0,1\n", "has no digital channels");
    o.gpio = -1;
    refused("ppk2", "time,amps\n0,1\n", "no column Current(uA)");
    refused("ppk2", "Timestamp(ms),Current(uA)\n5,1\n4,1\n3,1\n2,1\n", "3: time does not advance");
    assert_false(parse_bytes("ppk2", "x.ppk2", "PK\3\4abcd", 8));
    assert_non_null(strstr(e.msg, "export it as CSV"));
}

static void joulescope(void **state)
{
    (void)state;
    good("joulescope", "#time,current,voltage,power,charge,energy\n0.0,0.4,4.7,1.9,0,0\n0.5,0.4,4."
                       "7,1.9,0.2,0.950568\n1.0,0.4,4.7,1.9,0.4,1.89823\n");
    near(sample("inference", 0, "energy_uj"), 1.89823e6);
    near(sample("inference", 0, "seconds"), 1.0);
    o.gpio = 0;
    good("joulescope", "# "
                       "time,JS220-001.i,JS220-001.v,JS220-001.gpi[0]\n0,0.1,2,0\n1,0.2,2,1\n2,0.3,"
                       "2,1\n3,0.1,2,0\n4,0.1,2,0\n");
    near(sample("inference", 0, "energy_uj"), (0.2 * 2 + 0.3 * 2) * 1e6);
    refused("joulescope", "# time,x.i,x.v\n0,1,1\n", "has no digital channel");
    o.gpio = -1;
    refused("joulescope", "# time,x.i\n0,1\n1,1\n", "expected --volts");
    refused("joulescope", "current,voltage\n1,1\n", "no column time");
    refused("joulescope", "time,volume\n1,1\n", "no column of current");
    assert_false(parse_bytes("joulescope", "x.jls", "jlsfmt\r\n1234", 12));
    assert_non_null(strstr(e.msg, "export the waveform"));
}

static void lpm01a(void **state)
{
    (void)state;
    static const char text[] =
        "PowerShield > ack freq 1k\r\nTimeStamp: 000s 001ms, buff 01%\r\n1000-06 1000-06\r\nevent "
        "1 ris\r\n"
        "2000-06 2000-06\n2000-06\nevent 2 fal\n1000-06\nPowerShield > summary end\n";
    refused("lpm01a", text, "expected --volts");
    o.volts = 3.3;
    o.gpio = 0;
    good("lpm01a", text);
    assert_int_equal(notes.windows, 1);
    near(sample("inference", 0, "energy_uj"), 3 * 2e-3 * 3.3 * 1e-3 * 1e6);
    o.gpio = -1;
    good("lpm01a", "output energy\nfreq 100\n6409-07\n");
    near(sample("inference", 0, "energy_uj"), 640.9);
    refused("lpm01a", "1000-06\n", "the sample rate is not in the log");
    o.rate_hz = 1000;
    refused("lpm01a", "1000-06 12x\n9\n8\n", "3 bad lines");
    assert_false(parse_bytes("lpm01a", "x.stpm", "abcdefgh", 8));
    assert_non_null(strstr(e.msg, "ascii_dec"));
}

static void energytrace(void **state)
{
    (void)state;
    good("energytrace",
         "# time current voltage energy\n0 1000 3300 0\n1000 1000 3300 33\n2000 1000 3300 66\n");
    near(sample("inference", 0, "energy_uj"), 0.066);
    near(sample("inference", 0, "seconds"), 2e-3);
    refused("energytrace", "0,1,2\n1,2\n", "expected four numbers");
    refused("energytrace", "0 1 1 9\n1 1 1 8\n2 1 1 7\n", "time or energy goes back");
}

static void unknown_kind_and_bytes(void **state)
{
    (void)state;
    refused("tea", "x", "unknown kind 'tea', known: serial");
    char junk[4096];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (char)(i * 2654435761U >> 13);
    o.volts = 3;
    o.clock_hz = 1000;
    for (int k = 0; import_kinds[k]; k++) {
        assert_false(parse_bytes(import_kinds[k], "j", junk, sizeof junk));
        assert_int_equal(e.code, ERR_INPUT);
        assert_null(strchr(e.msg, '\n'));
    }
}

static void identity(void **state)
{
    (void)state;
    struct store *s = store_open(NULL, true, &e);
    assert_non_null(s);
    struct rows sim = {0};
    snprintf(sim.run.kind, sizeof sim.run.kind, "iss");
    snprintf(sim.run.platform, sizeof sim.run.platform, "stm32f746");
    snprintf(sim.run.elf_sha256, sizeof sim.run.elf_sha256, "cafe");
    sim.run.config_json = strdup("{\"build_id\": \"ffff\"}");
    rows_scope(&sim, -1, "reset", "", 0, 0);
    assert_true(store_put(s, &sim, NULL, &e));
    good("serial", HEAD BODY "end\n");
    assert_false(import_identify(s, &rows, &notes, NULL, false, &e));
    assert_non_null(strstr(e.msg, "the log is of build 0011223344556677"));
    e = (struct err){0};
    assert_true(import_identify(s, &rows, &notes, NULL, true, &e));
    free(sim.run.config_json);
    sim.run.config_json = strdup("{\"build_id\": \"00112233445566778899aabbccddeeff00112233\"}");
    assert_true(store_put(s, &sim, NULL, &e));
    assert_true(import_identify(s, &rows, &notes, NULL, false, &e));
    assert_string_equal(rows.run.elf_sha256, "cafe");
    assert_true(store_put(s, &rows, NULL, &e));
    assert_false(import_identify(s, &rows, &notes, NULL, false, &e));
    assert_non_null(strstr(e.msg, "in the database already, as run 3"));
    rows_free(&sim);
    store_close(s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fresh, done)
    const struct CMUnitTest tests[] = {T(serial),
                                       T(serial_damaged),
                                       T(csv),
                                       T(csv_damaged),
                                       T(tflm),
                                       T(st),
                                       T(mlperf),
                                       T(energyrunner),
                                       T(ppk2),
                                       T(joulescope),
                                       T(lpm01a),
                                       T(energytrace),
                                       T(unknown_kind_and_bytes),
                                       T(identity)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
