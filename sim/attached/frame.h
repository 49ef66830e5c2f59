/* The frames of docs/tinynpu-protocol.md as the device receives and sends them, byte by byte.
 * Nothing of what the commands mean. */
#ifndef SIM_ATTACHED_FRAME_H
#define SIM_ATTACHED_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_status {
    FRAME_OK,
    FRAME_BUSY,
    FRAME_UNKNOWN,
    FRAME_LENGTH,
    FRAME_CRC,
    FRAME_OVERRUN,
    FRAME_SHORT,
    FRAME_SYNC,
    FRAME_NO_PROGRAM,
    FRAME_NO_IMAGE,
    FRAME_NO_RESULT,
    FRAME_PROGRAM,
    FRAME_ASLEEP,
    FRAME_RESET
};

enum {
    FRAME_REQUEST = 0xa5,
    FRAME_ANSWER = 0x5a,
    FRAME_HEADER = 8,
    FRAME_TRAILER = 4,
    FRAME_NOBODY = 0xff /* command of an answer to a request whose header cannot be trusted */
};

/* A request that comes in. */
struct frame {
    uint8_t *payload; /* `room` bytes of the caller */
    uint32_t room;
    uint64_t n; /* bytes so far */
    uint8_t header[FRAME_HEADER];
    uint32_t length; /* of the payload, as the header says */
    uint32_t sum;    /* CRC so far */
    uint32_t crc;    /* as received */
};

void frame_begin(struct frame *f);
void frame_byte(struct frame *f, uint8_t byte);
/* At its end: FRAME_OK, or one of FRAME_LENGTH to FRAME_SYNC. */
enum frame_status frame_end(const struct frame *f);

/* Writes an answer with n bytes of payload that already lie at out + FRAME_HEADER; its length. */
size_t frame_answer(uint8_t *out, uint8_t command, uint8_t tag, enum frame_status status,
                    uint32_t n);

uint32_t frame_get32(const uint8_t *p);
void frame_put32(uint8_t *p, uint32_t v);

#endif
