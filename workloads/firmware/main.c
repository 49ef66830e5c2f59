/* Runs the network and prints what it measured. The text is documented in docs/firmware.md and read
 * back by `etinysim import serial`: one record a line, fields separated by commas. */
#include "fw.h"
#include "nn_detect.h"

#define DEMCR REG(0xE000EDFC)
#define DWT_CTRL REG(0xE0001000)
#define DWT_CYCCNT REG(0xE0001004)
#define DWT_CPICNT REG(0xE0001008)
#define DWT_EXCCNT REG(0xE000100C)
#define DWT_SLEEPCNT REG(0xE0001010)
#define DWT_LSUCNT REG(0xE0001014)
#define DWT_FOLDCNT REG(0xE0001018)
#define DWT_LAR REG(0xE0001FB0)
#define ITM_PORT0 REG(0xE0000000)
#define ITM_TER REG(0xE0000E00)
#define ITM_TCR REG(0xE0000E80)

extern const uint8_t __build_id[], __build_id_end[];
int main(void);
void put_str(const char *s);
void put_hex(uint32_t v);
void put_int(int64_t v);

/* The console, and stimulus port 0 of the ITM when a probe has switched it on. */
static void put_char(char c)
{
    board_putc(c);
    if (ITM_TCR & 1 && ITM_TER & 1) {
        while (!(ITM_PORT0 & 1))
            ;
        *(volatile char *)0xE0000000 = c;
    }
}

void put_str(const char *s)
{
    while (*s)
        put_char(*s++);
}

void put_hex(uint32_t v)
{
    for (int i = 28; i >= 0; i -= 4)
        put_char("0123456789abcdef"[v >> i & 15]);
}

void put_int(int64_t v)
{
    char digits[20];
    int n = 0;
    uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
    if (v < 0)
        put_char('-');
    do
        digits[n++] = (char)('0' + u % 10);
    while (u /= 10);
    while (n)
        put_char(digits[--n]);
}

static void field_str(const char *name, const char *value)
{
    put_str(name);
    put_str(",");
    put_str(value);
}

static void field_int(const char *name, int64_t value)
{
    put_str(name);
    put_str(",");
    put_int(value);
}

/* Goes on from c; start with 0. */
static uint32_t crc32(uint32_t c, const void *data, int32_t n)
{
    const uint8_t *p = data;
    c = ~c;
    while (n--) {
        c ^= *p++;
        for (int i = 0; i < 8; i++)
            c = c >> 1 ^ (0xEDB88320u & -(c & 1));
    }
    return ~c;
}

static void print_identity(void)
{
    const struct fw_network *n = &fw_network;
    struct board_clock c;
    board_clock(&c);
    put_str("etinysim,");
    put_str(n->tool);
    put_str(",build,");
    for (const uint8_t *p = __build_id + 16; p < __build_id_end;
         p++) { /* a note's header is 16 bytes */
        put_char("0123456789abcdef"[*p >> 4]);
        put_char("0123456789abcdef"[*p & 15]);
    }
    field_str("\nboard", n->board);
    field_str(",core", n->core);
    field_str("\nnetwork", n->network);
    field_int(",input", n->in_h);
    put_str("x");
    put_int(n->in_w);
    put_str("x");
    put_int(n->in_c);
    field_int(",wbits", n->wbits);
    field_str(",quant", n->quantiser);
    field_str(",plan", n->plan);
    field_str(",kernels", n->kernels);
    field_int("\nclock,core_hz", c.core_hz);
    field_int(",bus_hz", c.bus_hz);
    field_int(",wait_states", c.wait_states);
    field_int(",icache", c.icache);
    field_int(",dcache", c.dcache);
    field_int(",prefetch", c.prefetch);
    put_str("\n");
}

struct counters {
    uint32_t cycles;
    uint8_t cpi, lsu, exc, sleep, fold; /* the hardware counts these modulo 256 */
};

/* CYCCNT last on entry to a layer and first on return, so that the other reads are outside. */
static inline void count_begin(struct counters *t)
{
    t->cpi = (uint8_t)DWT_CPICNT;
    t->lsu = (uint8_t)DWT_LSUCNT;
    t->exc = (uint8_t)DWT_EXCCNT;
    t->sleep = (uint8_t)DWT_SLEEPCNT;
    t->fold = (uint8_t)DWT_FOLDCNT;
    t->cycles = DWT_CYCCNT;
}

static inline void count_end(struct counters *t)
{
    t->cycles = DWT_CYCCNT - t->cycles;
    t->cpi = (uint8_t)(DWT_CPICNT - t->cpi);
    t->lsu = (uint8_t)(DWT_LSUCNT - t->lsu);
    t->exc = (uint8_t)(DWT_EXCCNT - t->exc);
    t->sleep = (uint8_t)(DWT_SLEEPCNT - t->sleep);
    t->fold = (uint8_t)(DWT_FOLDCNT - t->fold);
}

static struct counters measured[FW_LAYERS]; /* sums over the strips */
static uint32_t reading; /* cycles between two reads with nothing in between: not the layer's */

static inline void run_layer(const struct fw_layer *l, int32_t strip, struct counters *sum)
{
    void (*run)(int32_t) = l->run;
    struct counters t;
    count_begin(&t);
    run(strip);
    count_end(&t);
    sum->cycles += t.cycles - reading;
    sum->cpi = (uint8_t)(sum->cpi + t.cpi);
    sum->lsu = (uint8_t)(sum->lsu + t.lsu);
    sum->exc = (uint8_t)(sum->exc + t.exc);
    sum->sleep = (uint8_t)(sum->sleep + t.sleep);
    sum->fold = (uint8_t)(sum->fold + t.fold);
}

__attribute__((noinline)) static void inference(void)
{
    const struct fw_network *n = &fw_network;
    for (int i = 0; i < FW_LAYERS; i++)
        measured[i] = (struct counters){0};
    for (int32_t strip = 0; strip < n->strips; strip++)
        for (int i = 0; i < n->stage; i++)
            run_layer(&n->layer[i], strip, &measured[i]);
    for (int i = n->stage; i < FW_LAYERS; i++)
        run_layer(&n->layer[i], 0, &measured[i]);
}

static void print_layers(int rep)
{
    uint64_t total = 0;
    for (int i = 0; i < FW_LAYERS; i++) {
        const struct counters *t = &measured[i];
        field_int("layer", rep);
        put_str(",");
        put_int(i);
        put_str(",");
        put_str(fw_network.layer[i].name);
        put_str(",");
        put_int(t->cycles);
        put_str(",");
        put_int(t->cpi);
        put_str(",");
        put_int(t->lsu);
        put_str(",");
        put_int(t->exc);
        put_str(",");
        put_int(t->sleep);
        put_str(",");
        put_int(t->fold);
        put_str("\n");
        total += t->cycles;
    }
    field_int("total", rep);
    put_str(",");
    put_int((int64_t)total);
    put_str("\n");
}

static int32_t logit(int i)
{
    const struct fw_network *n = &fw_network;
    return n->logits ? n->logits[i] : n->levels[i] - n->levels_zero;
}

static void print_result(int rep)
{
    const struct fw_network *n = &fw_network;
    field_int("logits", rep);
    put_str(",crc32,");
    uint32_t crc = 0;
    for (int i = 0; i < n->noutputs; i++)
        crc = crc32(crc, n->output[i].data, n->output[i].bytes);
    put_hex(crc);
    put_str("\n");
    for (int k = 0; n->found && k < *n->nfound; k++) {
        const struct nn_detection *d = &n->found[k];
        const float v[5] = {d->score, d->x0, d->y0, d->x1, d->y1};
        field_int("detect", k + 1);
        put_str(",");
        put_int(d->class_id);
        for (int i = 0; i < 5; i++) {
            put_str(",");
            put_int(nn_permyriad(v[i]));
        }
        put_str("\n");
    }
    if (!n->logits && !n->levels)
        return;
    int last = -1; /* class printed before; ties go to the lower class */
    for (int k = 1; k <= 5 && k <= n->classes; k++) {
        int best = -1;
        for (int i = 0; i < n->classes; i++) {
            int after = last < 0 || logit(i) < logit(last) || (logit(i) == logit(last) && i > last);
            if (after && (best < 0 || logit(i) > logit(best)))
                best = i;
        }
        field_int("top", k);
        put_str(",");
        put_int(best);
        put_str(",");
        put_int(logit(best));
        put_str("\n");
        last = best;
    }
}

/* The in-place plan consumes the image: later repetitions run on pseudo-random pixels (xorshift32,
 * seed = repetition). */
static void refill(int rep)
{
    uint32_t s = (uint32_t)rep * 2654435761u | 1;
    int32_t bytes = fw_network.in_h * fw_network.in_w * fw_network.in_c;
    for (int32_t i = 0; i < bytes; i++) {
        s ^= s << 13;
        s ^= s >> 17;
        s ^= s << 5;
        fw_network.input[i] = (int8_t)(s >> 24);
    }
}

int main(void)
{
    DEMCR |= 1u << 24;     /* TRCENA */
    DWT_LAR = 0xC5ACCE55u; /* Cortex-M7 locks the DWT; ignored elsewhere */
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1u | 0x1Fu << 17; /* CYCCNT and the five event counters */
    struct counters nothing;
    count_begin(&nothing);
    count_end(&nothing);
    reading = nothing.cycles;
    print_identity();
    for (int rep = 0; rep < fw_network.repeat; rep++) {
        if (rep)
            refill(rep);
        board_pin(1);
        inference();
        board_pin(0);
        print_layers(rep);
        print_result(rep);
    }
    put_str("end\n");
    return 0;
}
