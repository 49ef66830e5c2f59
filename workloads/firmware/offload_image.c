/* From a camera's frame to what the network takes. */
#include "offload.h"

int32_t offload_image_sample(int32_t i, int32_t n, int32_t crop)
{
    return (2 * i + 1) * crop / (2 * n);
}

void offload_image_columns(const struct offload_size *s, uint16_t *columns)
{
    for (int32_t x = 0; x < s->in_w; x++)
        columns[x] =
            (uint16_t)((s->camera_w - s->crop) / 2 + offload_image_sample(x, s->in_w, s->crop));
}

void offload_image_row(const struct offload_size *s, const uint16_t *columns, const uint16_t *frame,
                       int32_t y, int8_t *image)
{
    const uint16_t *row = frame + s->camera_w * ((s->camera_h - s->crop) / 2 +
                                                 offload_image_sample(y, s->in_h, s->crop));
    int8_t *to = image + 3 * s->in_w * y;
    for (int32_t x = 0; x < s->in_w; x++) {
        uint32_t pixel = row[columns[x]];
        uint32_t red = pixel >> 11, green = pixel >> 5 & 63, blue = pixel & 31;
        *to++ = (int8_t)((red << 3 | red >> 2) ^ 0x80);
        *to++ = (int8_t)((green << 2 | green >> 4) ^ 0x80);
        *to++ = (int8_t)((blue << 3 | blue >> 2) ^ 0x80);
    }
}
