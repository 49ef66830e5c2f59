#include "workloads/graph/flatbuffer.h"

uint64_t fb_get(struct fb_file *f, size_t at, int bytes)
{
    uint64_t v = 0;
    if (at > f->n || f->n - at < (size_t)bytes) {
        f->bad = true;
        return 0;
    }
    for (int i = 0; i < bytes; i++)
        v |= (uint64_t)f->p[at + (size_t)i] << (8 * i);
    return v;
}

size_t fb_field(struct fb_file *f, size_t table, int id)
{
    int64_t vtable = (int64_t)table - (int32_t)fb_get(f, table, 4);
    if (!table || vtable < 0 || (uint64_t)vtable >= f->n) {
        f->bad = true;
        return 0;
    }
    size_t size = (size_t)fb_get(f, (size_t)vtable, 2), slot = 4 + 2 * (size_t)id;
    size_t offset = slot + 2 <= size ? (size_t)fb_get(f, (size_t)vtable + slot, 2) : 0;
    return offset ? table + offset : 0;
}

int64_t fb_number(struct fb_file *f, size_t table, int id, int bytes, int64_t otherwise)
{
    size_t at = fb_field(f, table, id);
    if (!at)
        return otherwise;
    uint64_t v = fb_get(f, at, bytes);
    return bytes == 1 ? (int8_t)v : bytes == 4 ? (int32_t)v : (int64_t)v;
}

size_t fb_follow(struct fb_file *f, size_t at)
{
    uint64_t to = at + fb_get(f, at, 4);
    if (!at || to >= f->n) {
        f->bad |= at != 0;
        return 0;
    }
    return (size_t)to;
}

struct fb_span fb_vector(struct fb_file *f, size_t table, int id, size_t size)
{
    size_t at = fb_follow(f, fb_field(f, table, id));
    if (!at)
        return (struct fb_span){0, 0};
    struct fb_span s = {at + 4, (size_t)fb_get(f, at, 4)};
    if (s.at > f->n || s.n > (f->n - s.at) / size) {
        f->bad = true;
        return (struct fb_span){0, 0};
    }
    return s;
}

size_t fb_table(struct fb_file *f, struct fb_span s, uint64_t i)
{
    return i < s.n ? fb_follow(f, s.at + 4 * (size_t)i) : (f->bad = true, (size_t)0);
}

int32_t fb_item(struct fb_file *f, struct fb_span s, size_t i)
{
    return i < s.n ? (int32_t)fb_get(f, s.at + 4 * i, 4) : (f->bad = true, 0);
}
