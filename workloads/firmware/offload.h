/* What the parts of a firmware that hands its network to a TinyNPU know of each other. The protocol
 * is docs/tinynpu-protocol.md. */
#ifndef OFFLOAD_H
#define OFFLOAD_H

#include <stdint.h>

/* The emitted network (network.c). */
struct offload {
    const char *board, *network, *tool;
    int32_t camera_w, camera_h; /* of a frame, RGB565 */
    int32_t crop;               /* side of the square in its middle that is used */
    int32_t in_h, in_w;         /* the image that the network takes: 3 signed bytes a pixel */
    int32_t classes;
    int32_t stored;         /* camera frames in flash */
    int32_t frames;         /* to process */
    uint32_t period_us;     /* between two frames of the camera, 0: as fast as it goes */
    const uint16_t *camera; /* in flash: what a sensor would deliver */
    const uint8_t *program;
    uint32_t program_bytes;
    uint16_t *frame;   /* in SRAM: camera_w * camera_h */
    int8_t *image[2];  /* in_h * in_w * 3 each, a multiple of 4 bytes apart */
    uint8_t *answer;   /* of classes + 1 words */
    uint16_t *columns; /* in_w */
};
extern const struct offload offload;

/* offload_image.c, also on the host: what a frame of the camera becomes. */
struct offload_size {
    int32_t camera_w, camera_h, crop, in_h, in_w;
};
/* The camera's column (or row) that pixel i of n is taken from: the nearest one of the square. */
int32_t offload_image_sample(int32_t i, int32_t n, int32_t crop);
void offload_image_columns(const struct offload_size *s, uint16_t *columns);
/* Row y of the image: crops, scales to the nearest pixel, and gives each colour as its level -
 * 128. */
void offload_image_row(const struct offload_size *s, const uint16_t *columns, const uint16_t *frame,
                       int32_t y, int8_t *image);

/* The board's side (offload_FAMILY.c): SPI, DMA, interrupts and time. Waits sleep. */
void link_init(void);
uint32_t link_ticks(void);           /* counts up */
uint32_t link_ticks_us(uint32_t us); /* so many ticks are us microseconds */
void link_sleep_until(uint32_t tick);
/* Until the device's interrupt is high; 0: it was not before `tick`. */
int link_wait_interrupt(uint32_t tick);
void link_select(int on);
void link_write(const uint8_t *bytes, uint32_t n);
uint32_t link_write_ticks(uint32_t n); /* that n bytes take on the wires */
/* The same in pieces: what is to be sent travels while link_pump is called now and then, which all
 * functions that wait also do. */
void link_write_begin(const uint8_t *bytes, uint32_t n);
void link_pump(void);
void link_write_end(void);
void link_read(uint8_t *bytes, uint32_t n);
/* Copies words by DMA, in place of a camera that writes them. */
void link_camera(const void *from, void *to, uint32_t words);
/* CRC-32 of the Ethernet over bytes, goes on from the last call; `first`: from the start. */
uint32_t link_crc(const void *bytes, uint32_t n, int first);

#endif
