/* Reading a flatbuffer without trust: every offset is checked against the file; what leads outside
 * reads as 0 or nothing and sets `bad`, so that a reader may ask once at the end. Format: key
 * tflite-schema. */
#ifndef WORKLOADS_GRAPH_FLATBUFFER_H
#define WORKLOADS_GRAPH_FLATBUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fb_file {
    const unsigned char *p;
    size_t n;
    bool bad; /* an offset led outside; what was read is 0 */
};

struct fb_span { /* a vector: `n` items from `at` */
    size_t at, n;
};

uint64_t fb_get(struct fb_file *f, size_t at, int bytes);

/* Position of a field of the table at `table`, or 0 when it is absent. */
size_t fb_field(struct fb_file *f, size_t table, int id);
/* Its value, of 1, 4 or 8 bytes and signed. */
int64_t fb_number(struct fb_file *f, size_t table, int id, int bytes, int64_t otherwise);

/* Where the offset at `at` leads; 0 from 0. */
size_t fb_follow(struct fb_file *f, size_t at);
/* A field that is a vector of items of `size` bytes; item i of a vector of tables, of 32-bit
 * numbers. */
struct fb_span fb_vector(struct fb_file *f, size_t table, int id, size_t size);
size_t fb_table(struct fb_file *f, struct fb_span s, uint64_t i);
int32_t fb_item(struct fb_file *f, struct fb_span s, size_t i);

#endif
