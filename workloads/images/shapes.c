#include "workloads/images/shapes.h"

#include <stdbool.h>

static uint64_t next(uint64_t *s)
{
    *s += 0x9E3779B97F4A7C15u;
    uint64_t z = *s;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double between(uint64_t *s, double lo, double hi)
{
    return lo + (hi - lo) * (double)(next(s) >> 40) / 16777216.0;
}

static double magnitude(double x)
{
    return x < 0 ? -x : x;
}

/* Is (u, v) inside the shape? The shape spans about -1 to 1. */
static bool inside(int shape, double u, double v)
{
    double r2 = u * u + v * v, a = magnitude(u), b = magnitude(v), m = a > b ? a : b;
    switch (shape) {
    case 0: return r2 < 0.81;
    case 1: return r2 < 0.9 && r2 > 0.36;
    case 2: return m < 0.78;
    case 3: return m < 0.85 && m > 0.5;
    case 4: return v > -0.6 && v < 0.9 - 1.7 * a;
    case 5: return (a < 0.28 && b < 0.9) || (b < 0.28 && a < 0.9);
    case 6: return a < 0.3 && b < 1;
    case 7: return (u - 0.52) * (u - 0.52) + v * v < 0.2 || (u + 0.52) * (u + 0.52) + v * v < 0.2;
    case 8: return r2 < 0.9 && v > 0;
    default: return m < 0.85 && (u > 0) == (v > 0);
    }
}

enum { LINES = 2 };

struct line {
    double nx, ny, d, width; /* |nx x + ny y - d| < width */
    int colour[3];
};

static void turn(uint64_t *s, double *c, double *n) /* a direction, without the libm of the host */
{
    double t = between(s, -1, 1), sign = next(s) >> 63 ? 1 : -1;
    *c = sign * (1 - t * t) / (1 + t * t);
    *n = 2 * t / (1 + t * t);
}

int shapes_image(uint64_t seed, uint64_t index, int side, int8_t *out)
{
    uint64_t s = seed * 0xD1342543DE82EF95u + index;
    next(&s);
    int shape = (int)(next(&s) % SHAPES_CLASSES), back[2][3], fore[3];
    double size = between(&s, 0.26, 0.42), cx = between(&s, 0.36, 0.64),
           cy = between(&s, 0.36, 0.64), co, si;
    struct line lines[LINES];
    turn(&s, &co, &si);
    double light = between(&s, 60, 110); /* contrast, to either side */
    bool dark = next(&s) >> 63;
    for (int c = 0; c < 3; c++) {
        back[0][c] = (int)between(&s, -60, 60);
        back[1][c] = back[0][c] + (int)between(&s, -35, 35);
        fore[c] =
            (back[0][c] + back[1][c]) / 2 + (int)((dark ? -light : light) * between(&s, 0.6, 1.2));
    }
    for (int i = 0; i < LINES; i++) {
        turn(&s, &lines[i].nx, &lines[i].ny);
        lines[i].d = lines[i].nx * between(&s, 0, 1) + lines[i].ny * between(&s, 0, 1);
        lines[i].width = between(&s, 0.006, 0.018);
        for (int c = 0; c < 3; c++)
            lines[i].colour[c] = (int)between(&s, -110, 110);
    }
    double noise = between(&s, 4, 20);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            double px = (x + 0.5) / side, py = (y + 0.5) / side;
            double u = ((px - cx) * co + (py - cy) * si) / size,
                   v = ((py - cy) * co - (px - cx) * si) / size;
            bool in = inside(shape, u, v);
            const struct line *on = 0;
            for (int i = 0; i < LINES; i++)
                if (magnitude(lines[i].nx * px + lines[i].ny * py - lines[i].d) < lines[i].width)
                    on = &lines[i];
            for (int c = 0; c < 3; c++) {
                double value = on   ? on->colour[c]
                               : in ? fore[c]
                                    : back[0][c] + (back[1][c] - back[0][c]) * (px + py) / 2;
                value += between(&s, -noise, noise);
                *out++ = (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
            }
        }
    return shape;
}
