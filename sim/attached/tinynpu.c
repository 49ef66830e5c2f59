/* TinyNPU as a device on an SPI: the device side of docs/tinynpu-protocol.md. What it computes and
 * how long it takes are its engine's matter. Keys: network, accel (for the engine), banks (images
 * that it holds), fault (see the protocol). */
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "sim/attached/frame.h"
#include "sim/attached/model.h"

enum command {
    IDENTIFY = 1,
    LOAD,
    COMMIT,
    IMAGE,
    START,
    STATUS,
    RESULT,
    POWER,
};
enum power { RUN, SLEEP, OFF };
enum { IDENTITY_BYTES = 44, STATUS_BYTES = 12, LOAD_MOST = 4 + 65536, VERSION = 1, MAX_FAULTS = 8 };

enum fault_kind { FLIP_IN, FLIP_OUT, MUTE, LOSE };
struct fault {
    enum fault_kind kind;
    uint64_t at;
};

struct npu {
    struct model m;
    struct tinynpu_engine engine;
    bool opened;
    struct frame in;
    enum { NOTHING, REQUEST, READING, NOISE } talk; /* what the first byte began */
    uint8_t *answer;
    size_t answer_bytes;
    size_t sent;
    enum power power;
    uint8_t *program;
    bool programmed;
    uint8_t *image; /* that waits to be started */
    bool waiting;
    uint8_t *result; /* being computed, or computed */
    bool computes;
    bool ready; /* a result that was not read */
    uint64_t begun;
    uint32_t layer;
    uint64_t done_cycles; /* of the accelerator, before that layer */
    uint32_t started;
    uint32_t ended;
    uint8_t last; /* status that was not 0 */
    struct fault fault[MAX_FAULTS];
    int nfaults;
    uint64_t seen; /* bytes that came in, bytes of answers that went out, interrupts */
    uint64_t shown;
    uint64_t interrupts;
    uint64_t lose_at;
};

/* ---- faults on purpose ---- */

static bool read_faults(struct npu *d, const char *text, struct err *e)
{
    static const char *const names[] = {"in@", "out@", "mute@", "lose@"};
    while (text && *text) {
        size_t kind = 0;
        while (kind < 4 && strncmp(text, names[kind], strlen(names[kind])))
            kind++;
        const char *digits = kind < 4 ? text + strlen(names[kind]) : text;
        char *end = NULL;
        uint64_t n = kind < 4 && *digits >= '1' && *digits <= '9' ? strtoull(digits, &end, 10) : 0;
        if (!n || (*end && *end != '+') || d->nfaults == MAX_FAULTS)
            return err_set(e, ERR_INPUT,
                           "--attach %s: fault '%s', expected at most %d of in@N, out@N, mute@N "
                           "and lose@N, with + between them",
                           d->m.option, text, MAX_FAULTS);
        d->fault[d->nfaults++] = (struct fault){(enum fault_kind)kind, n};
        text = *end ? end + 1 : end;
    }
    return true;
}

static bool is_fault(const struct npu *d, enum fault_kind kind, uint64_t n)
{
    for (int i = 0; i < d->nfaults; i++)
        if (d->fault[i].kind == kind && d->fault[i].at == n)
            return true;
    return false;
}

/* ---- its life ---- */

static void answer(struct npu *d, uint8_t command, uint8_t tag, enum frame_status status,
                   uint32_t n)
{
    d->answer_bytes = frame_answer(d->answer, command, tag, status, n);
    if (status)
        d->last = (uint8_t)status;
}

static const char *state(const struct npu *d)
{
    return d->power == OFF     ? "off"
           : d->power == SLEEP ? "asleep"
           : d->computes       ? "computes"
                               : "idle";
}

static void interrupt(struct npu *d, bool level)
{
    if (!level || !is_fault(d, MUTE, ++d->interrupts))
        model_irq(&d->m, level);
}

/* Forgets all that a memory without power forgets; it comes back as zeros (assumed). */
static void forget(struct npu *d)
{
    d->programmed = d->waiting = d->computes = d->ready = false;
    memset(d->program, 0, d->engine.program_bytes);
    model_irq(&d->m, false);
}

static void lose_power(struct npu *d, uint64_t at)
{
    forget(d);
    d->power = RUN;
    d->started = d->ended = 0;
    d->last = 0;
    d->talk = NOISE; /* what was going on has no end */
    answer(d, 0, 0, FRAME_RESET, 0);
    model_state(&d->m, at, state(d), -1);
}

static uint64_t loss(const struct npu *d)
{
    uint64_t at = NEVER;
    for (int i = 0; i < d->nfaults; i++)
        if (d->fault[i].kind == LOSE && d->fault[i].at > d->lose_at && d->fault[i].at < at)
            at = d->fault[i].at;
    return at;
}

/* When the layer that is computed ends, or power goes. */
static void arm(struct npu *d)
{
    uint64_t at = loss(d), end = NEVER;
    if (d->computes)
        end = d->begun + model_cycles(&d->m, d->done_cycles + d->engine.layer_cycles[d->layer],
                                      d->engine.clock_hz);
    model_arm(&d->m, end < at ? end : at);
}

static bool open(struct model *m, struct model_keys *keys, struct err *e)
{
    struct npu *d = (struct npu *)m;
    const struct attached_options *o = model_options(m);
    const char *network = model_text(keys, "network"), *accel = model_text(keys, "accel");
    uint64_t banks = 0;
    if (!o->engine)
        return err_set(e, ERR_INPUT, "--attach %s: nothing here can compute for a TinyNPU",
                       m->option);
    if (!model_number(keys, "banks", 1, 2, &banks, e) ||
        !o->engine(o->engine_user, network, accel, banks, &d->engine, e))
        return false;
    d->opened = true;
    if (!read_faults(d, model_text(keys, "fault"), e))
        return false;
    d->in.room = d->engine.image_bytes > LOAD_MOST ? d->engine.image_bytes : LOAD_MOST;
    size_t payload = d->engine.result_bytes + 4u;
    d->in.payload = malloc(d->in.room);
    d->answer = malloc((payload > IDENTITY_BYTES ? payload : IDENTITY_BYTES) + FRAME_HEADER +
                       FRAME_TRAILER);
    d->program = calloc(1, d->engine.program_bytes);
    d->image = calloc(1, d->engine.image_bytes);
    d->result = calloc(1, d->engine.result_bytes);
    if (!d->in.payload || !d->answer || !d->program || !d->image || !d->result)
        return err_nomem(e);
    lose_power(d, 0);
    arm(d);
    return true;
}

static void close(struct model *m)
{
    struct npu *d = (struct npu *)m;
    if (d->opened && d->engine.close)
        d->engine.close(d->engine.self);
    free(d->in.payload);
    free(d->answer);
    free(d->program);
    free(d->image);
    free(d->result);
}

/* Layers that add nothing are part of another one. */
static void next_layer(struct npu *d)
{
    while (d->layer < d->engine.nlayers && !d->engine.layer_cycles[d->layer])
        d->layer++;
}

static void fire(struct model *m, uint64_t at)
{
    struct npu *d = (struct npu *)m;
    if (at >= loss(d)) {
        d->lose_at = loss(d);
        lose_power(d, at);
    } else if (d->computes) {
        d->done_cycles += d->engine.layer_cycles[d->layer++];
        next_layer(d);
        if (d->layer == d->engine.nlayers) {
            d->computes = false;
            d->ready = true;
            d->ended++;
            interrupt(d, true);
        }
        model_state(m, at, state(d), d->computes ? (int)d->layer : -1);
    }
    arm(d);
}

/* ---- commands ---- */

static uint32_t identity(struct npu *d)
{
    uint8_t *p = d->answer + FRAME_HEADER;
    const struct tinynpu_engine *x = &d->engine;
    memcpy(p, "TNPU", 4);
    frame_put32(p + 4, VERSION | x->banks << 16);
    frame_put32(p + 8, x->image_bytes);
    frame_put32(p + 12, x->result_bytes);
    frame_put32(p + 16, x->program_bytes);
    frame_put32(p + 20, (uint32_t)x->clock_hz);
    frame_put32(p + 24, x->nlayers);
    memcpy(p + 28, x->name, 16);
    return IDENTITY_BYTES;
}

static uint32_t status(struct npu *d)
{
    uint8_t *p = d->answer + FRAME_HEADER;
    p[0] = (uint8_t)(d->power == OFF ? 0 : d->power == SLEEP ? 1 : d->computes ? 3 : 2);
    p[1] = (uint8_t)(d->programmed | d->waiting << 1 | d->ready << 2);
    p[2] = d->last;
    p[3] = 0;
    frame_put32(p + 4, d->computes ? d->layer & 0xffff : 0);
    frame_put32(p + 8, d->ended);
    return STATUS_BYTES;
}

static enum frame_status load(struct npu *d)
{
    uint32_t n = d->in.length - 4, at = frame_get32(d->in.payload);
    if (at > d->engine.program_bytes || n > d->engine.program_bytes - at)
        return FRAME_LENGTH;
    memcpy(d->program + at, d->in.payload + 4, n);
    d->programmed = false;
    return FRAME_OK;
}

static enum frame_status commit(struct npu *d)
{
    uint32_t n = frame_get32(d->in.payload);
    d->programmed = n <= d->engine.program_bytes &&
                    crc32_more(0, d->program, n) == frame_get32(d->in.payload + 4) &&
                    d->engine.load(d->engine.self, d->program, n);
    return d->programmed ? FRAME_OK : FRAME_PROGRAM;
}

static enum frame_status start(struct npu *d, uint64_t at)
{
    if (!d->programmed)
        return FRAME_NO_PROGRAM;
    if (!d->waiting)
        return FRAME_NO_IMAGE;
    if (!d->engine.infer(d->engine.self, (const int8_t *)d->image, d->result))
        return FRAME_PROGRAM;
    d->waiting = d->ready = false;
    interrupt(d, false);
    d->computes = true;
    d->begun = at;
    d->layer = 0;
    d->done_cycles = 0;
    d->started++;
    next_layer(d);
    if (d->layer == d->engine.nlayers) { /* all in no time */
        d->computes = false;
        d->ready = true;
        d->ended++;
        interrupt(d, true);
    }
    model_state(&d->m, at, state(d), d->computes ? (int)d->layer : -1);
    frame_put32(d->answer + FRAME_HEADER, d->started);
    arm(d);
    return FRAME_OK;
}

static enum frame_status power(struct npu *d, uint64_t at)
{
    if (d->in.payload[0] > OFF)
        return FRAME_LENGTH;
    d->power = (enum power)d->in.payload[0];
    if (d->power == OFF)
        forget(d);
    model_state(&d->m, at, state(d), -1);
    return FRAME_OK;
}

/* What each command takes: bytes of payload, whether while it computes and while it sleeps. */
static enum frame_status refuse(const struct npu *d)
{
    bool asleep = false, busy = true;
    uint64_t least = 0, most = 0;
    switch (d->in.header[1]) {
    case IDENTIFY:
    case STATUS: asleep = true; break;
    case LOAD: least = 5, most = LOAD_MOST, busy = false; break;
    case COMMIT: least = most = 8, busy = false; break;
    case IMAGE: least = most = d->engine.image_bytes, busy = d->engine.banks > 1; break;
    case START: busy = false; break;
    case RESULT: break;
    case POWER: least = most = 1, busy = false, asleep = true; break;
    default: return FRAME_UNKNOWN;
    }
    if (d->power != RUN && !asleep)
        return FRAME_ASLEEP;
    if (d->in.length < least || d->in.length > most)
        return FRAME_LENGTH;
    return d->computes && !busy ? FRAME_BUSY : FRAME_OK;
}

static void take(struct npu *d, uint64_t at)
{
    enum frame_status s = frame_end(&d->in);
    uint8_t command = d->in.header[1];
    uint32_t n = 0;
    if (s != FRAME_OK) {
        if (d->in.n >= FRAME_HEADER && command == IMAGE && s != FRAME_SYNC && s != FRAME_LENGTH)
            d->waiting = false; /* it was written over */
        answer(d, FRAME_NOBODY, 0, s, 0);
        return;
    }
    s = refuse(d);
    if (s == FRAME_OK)
        switch (command) {
        case IDENTIFY: n = identity(d); break;
        case LOAD: s = load(d); break;
        case COMMIT: s = commit(d); break;
        case IMAGE:
            memcpy(d->image, d->in.payload, d->engine.image_bytes);
            d->waiting = true;
            break;
        case START:
            s = start(d, at);
            n = s == FRAME_OK ? 4 : 0;
            break;
        case STATUS: n = status(d); break;
        case RESULT:
            s = d->ready ? FRAME_OK : FRAME_NO_RESULT;
            if (d->ready) {
                frame_put32(d->answer + FRAME_HEADER, d->ended);
                memcpy(d->answer + FRAME_HEADER + 4, d->result, d->engine.result_bytes);
                n = d->engine.result_bytes + 4;
                d->ready = false;
                interrupt(d, false);
            }
            break;
        case POWER: s = power(d, at); break;
        }
    answer(d, command, d->in.header[2], s, n);
}

/* ---- the wires ---- */

static void chip_select(struct model *m, bool selected, uint64_t at)
{
    struct npu *d = (struct npu *)m;
    if (selected)
        frame_begin(&d->in);
    else if (d->talk == REQUEST)
        take(d, at);
    d->talk = NOTHING;
    d->sent = 0;
}

static uint8_t exchange(struct model *m, uint8_t in, uint64_t at)
{
    struct npu *d = (struct npu *)m;
    (void)at;
    in ^= is_fault(d, FLIP_IN, ++d->seen);
    if (d->talk == NOTHING) {
        d->talk = in == FRAME_ANSWER ? READING : REQUEST; /* what is neither is a request, too */
        if (d->talk == READING)
            return 0;
    }
    if (d->talk == REQUEST)
        frame_byte(&d->in, in);
    if (d->talk != READING || d->sent == d->answer_bytes)
        return 0;
    return d->answer[d->sent++] ^ is_fault(d, FLIP_OUT, ++d->shown);
}

const struct attached_class attached_tinynpu = {
    .name = "tinynpu",
    .bytes = sizeof(struct npu),
    .open = open,
    .close = close,
    .select = chip_select,
    .exchange = exchange,
    .fire = fire,
};
