/* A TinyNPU on its wires: any bytes in any frames, and the same bytes as payloads of frames whose
 * length and CRC are right. Whatever comes, each answer that is read back is a whole frame. */
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "sim/attached/frame.h"
#include "sim/attached/model.h"

enum { IMAGE = 48, RESULT = 8, PROGRAM = 64, LAYERS = 3, MOST = 256 };

static const uint64_t cycles[LAYERS] = {10, 0, 20};

static bool load(void *self, const uint8_t *program, uint32_t n)
{
    (void)self;
    return n && program[0] == 'P';
}
static bool infer(void *self, const int8_t *image, uint8_t *result)
{
    (void)self;
    memcpy(result, image, RESULT);
    return true;
}
static bool engine(void *user, const char *network, const char *accel, uint64_t banks,
                   struct tinynpu_engine *out, struct err *e)
{
    (void)user, (void)network, (void)accel, (void)e;
    *out = (struct tinynpu_engine){.name = "fuzz",
                                   .image_bytes = IMAGE,
                                   .result_bytes = RESULT,
                                   .program_bytes = PROGRAM,
                                   .banks = banks > 1 ? 2 : 1,
                                   .clock_hz = 1e6,
                                   .nlayers = LAYERS,
                                   .layer_cycles = cycles,
                                   .load = load,
                                   .infer = infer};
    return true;
}

static const struct clocks *clocks(void *self)
{
    static const struct clocks c = {1000000, 1000000, 1};
    (void)self;
    return &c;
}
static void wake(void *self)
{
    (void)self;
}

struct rig {
    struct model_board board;
    struct events events;
    struct model *m;
    uint64_t at;
};

static void chip_select(struct rig *r, bool on)
{
    r->m->selected = on;
    attached_tinynpu.select(r->m, on, r->at);
}

static void send(struct rig *r, const uint8_t *bytes, size_t n)
{
    chip_select(r, true);
    for (size_t i = 0; i < n; i++)
        attached_tinynpu.exchange(r->m, bytes[i], r->at);
    chip_select(r, false);
}

static void check_answer(struct rig *r)
{
    uint8_t got[MOST];
    chip_select(r, true);
    attached_tinynpu.exchange(r->m, FRAME_ANSWER, r->at);
    for (int i = 0; i < MOST; i++)
        got[i] = attached_tinynpu.exchange(r->m, 0, r->at);
    chip_select(r, false);
    uint32_t n = frame_get32(got + 4);
    if (got[0] != FRAME_ANSWER || n > MOST - FRAME_HEADER - FRAME_TRAILER ||
        frame_get32(got + FRAME_HEADER + n) != crc32_more(0, got, FRAME_HEADER + n))
        abort();
}

static void step(struct rig *r, uint8_t by)
{
    r->at += by;
    events_run(&r->events, r->at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const options[] = {"tinynpu=spi1,banks=1", "tinynpu=spi1,banks=2",
                                          "tinynpu=spi1,fault=in@9+out@4+mute@1+lose@40"};
    struct rig r = {0};
    struct err e = {0};
    struct model_keys keys = {0};
    r.board.port.events = &r.events;
    r.board.port.clocks = clocks;
    r.board.port.wake = wake;
    r.board.options.engine = engine;
    r.m = calloc(1, attached_tinynpu.bytes);
    if (!r.m)
        return 0;
    size_t which = size ? data[0] % 3 : 0;
    r.m->class = &attached_tinynpu;
    r.m->board = &r.board;
    r.m->option = options[which];
    r.m->irq_pin = -1;
    r.m->event = events_add(&r.events, (void (*)(void *, uint64_t))attached_tinynpu.fire, r.m);
    if (!model_keys(&keys, options[which], &e) || !attached_tinynpu.open(r.m, &keys, &e))
        abort();
    /* Raw: a byte says how long a frame is, its bytes follow. */
    for (size_t i = 1; i < size;) {
        size_t n = data[i] < size - i - 1 ? data[i] : size - i - 1;
        send(&r, data + i + 1, n);
        if (which < 2)
            check_answer(&r);
        step(&r, data[i]);
        i += 1 + n;
    }
    /* Well formed: a length, a command, its payload. */
    for (size_t i = 1; i + 1 < size;) {
        uint8_t frame[FRAME_HEADER + 255 + FRAME_TRAILER] = {FRAME_REQUEST};
        size_t n = data[i] < size - i - 2 ? data[i] : size - i - 2;
        frame[1] = (uint8_t)(data[i + 1] % 10);
        frame[2] = data[i];
        frame_put32(frame + 4, (uint32_t)n);
        memcpy(frame + FRAME_HEADER, data + i + 2, n);
        frame_put32(frame + FRAME_HEADER + n, crc32_more(0, frame, FRAME_HEADER + n));
        send(&r, frame, FRAME_HEADER + n + FRAME_TRAILER);
        if (which < 2)
            check_answer(&r);
        step(&r, data[i + 1]);
        i += 2 + n;
    }
    attached_tinynpu.close(r.m);
    free(r.board.change);
    free(keys.text);
    free(r.m);
    return 0;
}
