/* Databases: any bytes open and answer the reports, or are refused with a reason. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "reports/report.h"
#include "reports/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_say_why(bool ok, const struct err *e)
{
    if (!ok && (e->code == ERR_NONE || !e->msg[0]))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const reports[] = {"runs",   "layers", "memory", "costs",
                                          "energy", "work",   "compare"};
    static char path[64];
    struct err e = {0};
    if (!path[0])
        snprintf(path, sizeof path, "/tmp/fuzz_store.%ld.db", (long)getpid());
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0)
        return 0;
    struct store *s = store_open(path, false, &e);
    must_say_why(s != NULL, &e);
    for (size_t i = 0; s && i < sizeof reports / sizeof *reports; i++) {
        struct buf out = {0};
        e = (struct err){0};
        must_say_why(report_render(s, reports[i], 0, TABLE_JSON, &out, &e), &e);
        buf_free(&out);
    }
    if (s) {
        struct rows r = {0};
        struct validation v = {0};
        e = (struct err){0};
        must_say_why(store_get(s, 1, &r, &e), &e);
        rows_free(&r);
        e = (struct err){0};
        must_say_why(validate_runs(s, 0, 0, false, &v, &e), &e);
        validate_free(&v);
    }
    store_close(s);
    unlink(path);
    return 0;
}
