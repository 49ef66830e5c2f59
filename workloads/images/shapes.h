/* A picture task of the project's own, so that it can train, ship and measure a network: which of
 * ten shapes is drawn? Place, size, turn, colours, background, noise and stray lines are random;
 * the colours say nothing, and light on dark is as likely as dark on light, so that no linear
 * classifier does much better than chance. */
#ifndef WORKLOADS_IMAGES_SHAPES_H
#define WORKLOADS_IMAGES_SHAPES_H

#include <stdint.h>

enum {
    SHAPES_CLASSES = 10
}; /* disc, ring, square, frame, triangle, cross, bar, two discs, half disc, checker */

/* Images with an index from here on are held out: no training program uses them. */
#define SHAPES_HELD_OUT 1000000u

/* Image `index` of the sequence that `seed` starts: side x side x 3 int8 (pixel - 128), the same on
 * every host. Returns the class. */
int shapes_image(uint64_t seed, uint64_t index, int side, int8_t *out);

#endif
