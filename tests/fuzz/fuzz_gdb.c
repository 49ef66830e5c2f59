/* The GDB packet parser: any bytes from a client, against a target with a little memory. */
#include <string.h>

#include "sim/host/gdb.h"

static uint64_t regs[GDB_REGS];
static uint8_t memory[64];

static uint64_t get(void *self, int n)
{
    (void)self;
    return regs[n];
}
static void set(void *self, int n, uint64_t v)
{
    (void)self;
    regs[n] = v;
}
static bool inside(uint32_t a, uint32_t n)
{
    return a <= sizeof memory && n <= sizeof memory - a;
}
static bool rd(void *self, uint32_t a, uint8_t *out, uint32_t n)
{
    (void)self;
    if (inside(a, n))
        memcpy(out, memory + a, n);
    return inside(a, n);
}
static bool wr(void *self, uint32_t a, const uint8_t *in, uint32_t n)
{
    (void)self;
    if (inside(a, n))
        memcpy(memory + a, in, n);
    return inside(a, n);
}
static bool point(void *self, enum gdb_point k, uint32_t a, uint32_t n, bool on)
{
    (void)self, (void)k, (void)a, (void)n;
    return on;
}
static struct gdb_stop go(void *self, bool step)
{
    (void)self;
    return (struct gdb_stop){.why = step ? GDB_STEPPED : GDB_WATCHED, .point = GDB_WATCH_READ};
}
static bool monitor(void *self, const char *text, struct buf *out)
{
    (void)self;
    buf_str(out, text);
    return text[0] == 'c';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gdb_target t = {NULL, get, set, rd, wr, point, go, monitor};
    struct gdb *g = gdb_offline(&t, NULL);
    struct buf out = {0};
    if (!g)
        return 0;
    gdb_input(g, data, size, &out);
    /* The same bytes as the payload of a packet with a right checksum, so that the commands are
     * reached. */
    uint8_t sum = 0;
    gdb_input(g, "$", 1, &out);
    for (size_t i = 0; i < size && i < 4096; i++) {
        char c = (char)data[i];
        if (strchr("$#}", c))
            c = 'm';
        sum = (uint8_t)(sum + (uint8_t)c);
        gdb_input(g, &c, 1, &out);
    }
    static const char digit[] = "0123456789abcdef";
    gdb_input(g, (char[]){'#', digit[sum >> 4], digit[sum & 15]}, 3, &out);
    buf_free(&out);
    gdb_close(g);
    return 0;
}
