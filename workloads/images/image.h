/* Images as the networks read them: int8, height x width x channel, pixel - 128. This room knows
 * files and pixels, no network. */
#ifndef WORKLOADS_IMAGES_IMAGE_H
#define WORKLOADS_IMAGES_IMAGE_H

#include <stdint.h>

#include "base/err.h"

struct image_set {
    int h, w, c, n;
    int8_t *data; /* owned, n * h * w * c */
};

/* One PNG of exactly h x w pixels with 8 bits, RGB for c = 3, grey for c = 1; anything else is
 * ERR_INPUT. Gamma and colour profiles are ignored. */
bool image_load(struct image_set *s, const char *path, int h, int w, int c, struct err *e);

/* All *.png of a folder that are h x w, by name; those of another size are left out. ERR_INPUT when
 * none is left. */
bool image_load_dir(struct image_set *s, const char *dir, int h, int w, int c, struct err *e);

/* n generated images (smooth gradients, edges and noise from a fixed seed), for networks without
 * data. */
bool image_generate(struct image_set *s, int n, int h, int w, int c, struct err *e);

/* Writes pixel + 128 as an 8-bit RGB PNG, beside `path` first and then renamed. */
bool image_save(const char *path, const int8_t *pixels, int h, int w, struct err *e);

void image_free(struct image_set *s);

#endif
