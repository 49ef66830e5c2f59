#include "sim/attached/frame.h"

#include "base/crc32.h"

uint32_t frame_get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void frame_put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

void frame_begin(struct frame *f)
{
    f->n = 0;
    f->length = f->sum = f->crc = 0;
}

void frame_byte(struct frame *f, uint8_t byte)
{
    uint64_t n = f->n++, at = n - FRAME_HEADER;
    if (n < FRAME_HEADER) {
        f->header[n] = byte;
        if (n == FRAME_HEADER - 1)
            f->length = frame_get32(f->header + 4);
    } else if (at < f->length) {
        if (at < f->room)
            f->payload[at] = byte;
    } else if (at - f->length < FRAME_TRAILER) {
        f->crc |= (uint32_t)byte << 8 * (at - f->length);
        return;
    } else {
        return;
    }
    f->sum = crc32_more(f->sum, &byte, 1);
}

enum frame_status frame_end(const struct frame *f)
{
    uint64_t whole = (uint64_t)FRAME_HEADER + f->length + FRAME_TRAILER;
    if (f->n && (f->header[0] != FRAME_REQUEST || (f->n > 3 && f->header[3])))
        return FRAME_SYNC;
    if (f->n >= FRAME_HEADER && f->length > f->room)
        return FRAME_LENGTH;
    if (f->n < FRAME_HEADER || f->n < whole)
        return FRAME_SHORT;
    if (f->n > whole)
        return FRAME_OVERRUN;
    return f->crc == f->sum ? FRAME_OK : FRAME_CRC;
}

size_t frame_answer(uint8_t *out, uint8_t command, uint8_t tag, enum frame_status status,
                    uint32_t n)
{
    out[0] = FRAME_ANSWER;
    out[1] = command;
    out[2] = tag;
    out[3] = (uint8_t)status;
    frame_put32(out + 4, n);
    frame_put32(out + FRAME_HEADER + n, crc32_more(0, out, FRAME_HEADER + n));
    return FRAME_HEADER + n + FRAME_TRAILER;
}
