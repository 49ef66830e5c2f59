/* A guest that tries to fill the host's disk: bytes a page apart, and very many empty files. Prints
 * how far it came. */
#include "guest.h"

static int open_file(const char *name, int mode, unsigned length)
{
    const void *block[3] = {name, (void *)mode, (void *)length};
    return semihost(1, block);
}

int main(void)
{
    int f = open_file("sparse", 4, 6);
    const void *byte[3] = {(void *)f, "x", (void *)1};
    uint32_t written = 0, made = 0;
    for (uint32_t page = 0; page < 20000; page++) {
        uint32_t to[2] = {(uint32_t)f, page * 4096};
        semihost(0x0a, to);
        written += semihost(5, byte) == 0;
    }
    semihost(2, &f);
    say_number("pages ", written, 10);
    for (uint32_t i = 0; i < 5000; i++) {
        char name[5];
        for (int k = 0; k < 5; k++)
            name[k] = (char)('a' + (i >> (3 * k) & 7));
        f = open_file(name, 4, 5);
        made += f >= 16;
        semihost(2, &f);
    }
    say_number("files ", made, 10);
    return 0;
}
