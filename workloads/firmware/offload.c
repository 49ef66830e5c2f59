/* A network on a TinyNPU: for each frame of the camera, crop and scale it, send it, let it be
 * computed, read the result and print the five best classes. The next frame is prepared, and where
 * the device holds two images also sent, while one is computed. What goes wrong on the wires is
 * found by CRC, tag or time, and done again; a frame that cannot be saved is printed as lost.
 *
 * It prints `frame,N,crc32,HEX,top,C1,...,C5,retries,R` or `frame,N,lost,retries,R`. */
#include "fw.h"
#include "offload.h"

enum command { IDENTIFY = 1, LOAD, COMMIT, IMAGE, START, STATUS, RESULT, POWER };
enum status {
    OK = 0,
    BUSY = 1,
    NO_PROGRAM = 8,
    NO_IMAGE = 9,
    NO_RESULT = 10,
    ASLEEP = 12,
    NONE = 255
};
enum { HEADER = 8, TRAILER = 4, CHUNK = 32768, IDENTITY = 44, STATE = 12, NAME = 16 };
enum { TRIES = 4, TIMEOUT_US = 500000, TOP = 5 };

static uint32_t retries;
static int banks;
static struct offload_size size;

int main(void);
void put_str(const char *s);
void put_hex(uint32_t v);

void put_str(const char *s)
{
    while (*s)
        board_putc(*s++);
}

void put_hex(uint32_t v)
{
    for (int i = 28; i >= 0; i -= 4)
        board_putc("0123456789abcdef"[v >> i & 15]);
}

static void put_number(uint32_t v)
{
    char text[11], *p = text + sizeof text;
    *--p = 0;
    do
        *--p = (char)('0' + v % 10);
    while (v /= 10);
    put_str(p);
}

/* ---- frames ---- */

static uint8_t head[HEADER + 8] __attribute__((aligned(4))); /* and the 4 or 8 bytes of arguments */
static uint8_t trailer[TRAILER] __attribute__((aligned(4)));
static uint8_t tag;

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

struct request {
    enum command command;
    uint32_t narguments; /* bytes of head behind the header that belong to the payload */
    const void *payload;
    uint32_t n;
    uint32_t crc; /* of header, arguments and payload */
};

/* The tag and the sum of a request: both stay the same when it is repeated. */
static void seal(struct request *r)
{
    head[0] = 0xA5;
    head[1] = (uint8_t)r->command;
    head[2] = ++tag;
    head[3] = 0;
    put32(head + 4, r->narguments + r->n);
    r->crc = link_crc(head, HEADER + r->narguments, 1);
    if (r->n)
        r->crc = link_crc(r->payload, r->n, 0);
}

static void send_begin(const struct request *r)
{
    put32(trailer, r->crc);
    link_select(1);
    link_write(head, HEADER + r->narguments);
    if (r->n)
        link_write_begin(r->payload, r->n);
}

__attribute__((noinline)) static void phase_send(const struct request *r)
{
    if (r->n)
        link_write_end();
    link_write(trailer, TRAILER);
    link_select(0);
}

/* Reads the answer into offload.answer; its status, or NONE when it is not whole or not to this
 * request. */
__attribute__((noinline)) static enum status phase_answer(const struct request *r, uint32_t most)
{
    static uint8_t h[HEADER] __attribute__((aligned(4)));
    static const uint8_t ask = 0x5A;
    enum status s = NONE;
    link_select(1);
    link_write(&ask, 1);
    link_read(h, HEADER);
    uint32_t n = get32(h + 4);
    if (h[0] == 0x5A && n <= most) {
        link_read(offload.answer, n + TRAILER);
        uint32_t crc = link_crc(h, HEADER, 1);
        if (n)
            crc = link_crc(offload.answer, n, 0);
        if (crc == get32(offload.answer + n) && h[1] == r->command && h[2] == head[2] &&
            (h[3] || n == most))
            s = (enum status)h[3];
    }
    link_select(0);
    return s;
}

/* The end of a request that was begun, and its answer; both again while either is not
 * understood. */
static enum status conclude(const struct request *r, uint32_t most)
{
    enum status s = NONE;
    for (int try = 0; try < TRIES && s == NONE; try++) {
        if (try) {
            retries++;
            send_begin(r);
        }
        phase_send(r);
        s = phase_answer(r, most);
        for (int again = 1; again < TRIES && s == NONE; again++) {
            retries++;
            s = phase_answer(r, most);
        }
        /* An answer that was damaged may have been to a start that was taken. */
        if (try && r->command == START && s == BUSY)
            s = OK;
    }
    return s;
}

static enum status transact(struct request *r, uint32_t most)
{
    seal(r);
    send_begin(r);
    return conclude(r, most);
}

static enum status simple(enum command c, uint32_t most)
{
    struct request r = {.command = c};
    return transact(&r, most);
}

/* ---- the network ---- */

/* The device that this firmware was built for, or none. */
static int identify(void)
{
    const uint8_t *a = offload.answer;
    if (simple(IDENTIFY, IDENTITY) != OK || get32(a) != 0x55504E54) /* "TNPU" */
        return 0;
    banks = (int)(get32(a + 4) >> 16);
    return (get32(a + 4) & 0xffff) == 1 &&
           get32(a + 8) == (uint32_t)(3 * offload.in_h * offload.in_w) &&
           get32(a + 12) == 4u * (uint32_t)offload.classes &&
           get32(a + 16) >= offload.program_bytes;
}

__attribute__((noinline)) static int phase_load(void)
{
    for (uint32_t at = 0, n; at < offload.program_bytes; at += n) {
        n = offload.program_bytes - at < CHUNK ? offload.program_bytes - at : CHUNK;
        struct request r = {LOAD, 4, offload.program + at, n, 0};
        put32(head + HEADER, at);
        if (transact(&r, 0) != OK)
            return 0;
    }
    struct request r = {.command = COMMIT, .narguments = 8};
    put32(head + HEADER, offload.program_bytes);
    put32(head + HEADER + 4, link_crc(offload.program, offload.program_bytes, 1));
    return transact(&r, 0) == OK;
}

static void image_begin(int n, struct request *r)
{
    *r = (struct request){IMAGE, 0, offload.image[n & 1],
                          (uint32_t)(3 * offload.in_h * offload.in_w), 0};
    seal(r);
    send_begin(r);
}

static enum status send_image(int n)
{
    struct request r;
    image_begin(n, &r);
    return conclude(&r, 0);
}

__attribute__((noinline)) static void phase_camera(int n)
{
    uint32_t pixels = (uint32_t)(offload.camera_w * offload.camera_h);
    link_camera(offload.camera + pixels * (uint32_t)(n % offload.stored), offload.frame,
                pixels / 2);
}

__attribute__((noinline)) static void phase_prepare(int n)
{
    for (int32_t y = 0; y < size.in_h; y++) {
        offload_image_row(&size, offload.columns, offload.frame, y, offload.image[n & 1]);
        link_pump();
    }
}

/* From nothing, as after power came back: program, image n, start. */
static int begin_again(int n)
{
    retries++;
    return phase_load() && send_image(n) == OK && simple(START, 4) == OK;
}

/* Image n is there unless the device lost it. */
static int start(int n)
{
    enum status s = simple(START, 4);
    if (s == NO_IMAGE && send_image(n) == OK)
        s = simple(START, 4);
    return s == OK || (s == NO_PROGRAM && begin_again(n));
}

/* The device's interrupt, or what its status says when that does not come. */
__attribute__((noinline)) static int phase_wait(void)
{
    enum { PROGRAM = 1, RESULT_READY = 4, COMPUTES = 3 };
    for (int try = 0; try < TRIES; try++) {
        if (link_wait_interrupt(link_ticks() + link_ticks_us(TIMEOUT_US)))
            return 1;
        retries++;
        if (simple(STATUS, STATE) != OK)
            return 0;
        if (offload.answer[1] & RESULT_READY)
            return 1;
        if (offload.answer[0] != COMPUTES)
            return 0;
    }
    return 0;
}

static int32_t logit(int i)
{
    return (int32_t)get32(offload.answer + 4 + 4 * i);
}

__attribute__((noinline)) static void phase_report(int n, int lost)
{
    put_str("frame,");
    put_number((uint32_t)n);
    if (lost) {
        put_str(",lost");
    } else {
        int last = -1; /* class printed before; ties go to the lower class */
        put_str(",crc32,");
        put_hex(link_crc(offload.answer + 4, 4 * (uint32_t)offload.classes, 1));
        put_str(",top");
        for (int k = 0; k < TOP && k < offload.classes; k++) {
            int best = -1;
            for (int i = 0; i < offload.classes; i++) {
                int after =
                    last < 0 || logit(i) < logit(last) || (logit(i) == logit(last) && i > last);
                if (after && (best < 0 || logit(i) > logit(best)))
                    best = i;
            }
            put_str(",");
            put_number((uint32_t)best);
            last = best;
        }
    }
    put_str(",retries,");
    put_number(retries);
    put_str("\n");
    retries = 0;
}

/* Waits for frame n, which was started, and reads it. */
static int result(int n)
{
    uint32_t most = 4 + 4 * (uint32_t)offload.classes;
    for (int try = 0; try < 2; try++) {
        if (phase_wait() && simple(RESULT, most) == OK)
            return 1;
        if (!begin_again(n))
            return 0;
    }
    return 0;
}

/* The frame that the camera has at `due` becomes image n. */
static void next_frame(int n, uint32_t due)
{
    if (offload.period_us)
        link_sleep_until(due);
    phase_camera(n);
    phase_prepare(n);
}

static void finish(int n, int lost)
{
    phase_report(n, lost || !result(n));
}

int main(void)
{
    size = (struct offload_size){offload.camera_w, offload.camera_h, offload.crop, offload.in_h,
                                 offload.in_w};
    link_init();
    offload_image_columns(&size, offload.columns);
    put_str("etinysim,");
    put_str(offload.tool);
    put_str("\nboard,");
    put_str(offload.board);
    put_str("\nnetwork,");
    put_str(offload.network);
    put_str("\n");
    if (!identify()) {
        put_str("fault,no TinyNPU for this network answers\n");
        return 1;
    }
    if (!phase_load()) {
        put_str("fault,the program was not taken\n");
        return 1;
    }
    put_str("loaded\n");
    uint32_t period = link_ticks_us(offload.period_us), due = link_ticks();
    int lost = 0; /* the last frame was never started */
    next_frame(0, due);
    for (int n = 0; n < offload.frames; n++) {
        struct request r;
        int more = n + 1 < offload.frames, soon;
        if (banks < 2 && n)
            finish(n - 1, lost);
        image_begin(n, &r);
        due += period;
        /* The next frame comes before this one is sent: it is prepared meanwhile. */
        soon = (int32_t)(link_ticks() + link_write_ticks(r.n) - due) >= 0;
        if (more && soon)
            next_frame(n + 1, due);
        enum status sent = conclude(&r, 0);
        if (banks > 1 && n)
            finish(n - 1, lost);
        lost = !(sent == OK && start(n)) && !begin_again(n);
        if (more && !soon)
            next_frame(n + 1, due);
    }
    finish(offload.frames - 1, lost);
    put_str("end\n");
    return 0;
}
