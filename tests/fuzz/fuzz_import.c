/* Readers of measured runs: the first byte chooses the kind, the second the options, the rest is
 * the file. What is taken must also be storable. */
#include <stdint.h>
#include <stdlib.h>

#include "reports/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { KINDS = 10 };
    static struct store *s;
    if (size < 2)
        return 0;
    if (!s && !(s = store_open(NULL, true, NULL)))
        abort();
    const struct import_options o = {
        .platform = "stm32f746",
        .clock_hz = data[1] & 1 ? 216000000 : 0,
        .volts = data[1] & 2 ? 3.3 : 0,
        .gpio = data[1] & 4 ? 0 : -1,
        .level_ma = data[1] & 8 ? 1 : 0,
        .timestamps = data[1] & 16 ? "[0, 0.001, 0.002, 0.003, 0.004]" : NULL,
        .rate_hz = data[1] & 32 ? 1000 : 0,
        .inferences = data[1] & 64 ? 30 : 0,
        .force = (data[1] & 128) != 0,
    };
    struct rows r;
    struct import_notes notes;
    struct err e = {0};
    if (import_parse(import_kinds[data[0] % KINDS], "fuzz", (const char *)data + 2, size - 2, &o,
                     &r, &notes, &e)) {
        if (!store_begin(s, NULL) || !store_put(s, &r, NULL, &e))
            abort(); /* sound rows are always stored */
        store_rollback(s);
    } else if (e.code == ERR_NONE || !e.msg[0]) {
        abort(); /* a refusal says why */
    }
    rows_free(&r);
    buf_free(&notes.bad_lines);
    return 0;
}
