/* What a guest may ask of the host: files below the semihosting root, the clock, an RTT buffer; and
 * what it must not get. */
#include "guest.h"

struct rtt {
    char id[16];
    int up, down;
    struct {
        const char *name;
        volatile char *buffer;
        unsigned size, wr, rd, flags;
    } ring, in;
};
static volatile char room[32], from_host[8];
volatile struct rtt _SEGGER_RTT;

static unsigned length(const char *s)
{
    unsigned n = 0;
    while (s[n])
        n++;
    return n;
}

static int open_file(const char *name, int mode)
{
    const void *block[3] = {name, (void *)mode, (void *)length(name)};
    return semihost(1, block);
}

static void rtt(const char *s)
{
    for (; *s; s++) {
        unsigned next = (_SEGGER_RTT.ring.wr + 1) % sizeof room;
        while (next == _SEGGER_RTT.ring.rd)
            ; /* blocks until the host has read */
        room[_SEGGER_RTT.ring.wr] = *s;
        _SEGGER_RTT.ring.wr = next;
    }
    while (_SEGGER_RTT.ring.wr != _SEGGER_RTT.ring.rd)
        ; /* the rest is out, too */
}

int main(void)
{
    static char back[16];
    static const char *const forbidden[] = {
        "../secret", "/etc/passwd", "link", "dir/../../secret", "dirlink/secret", "./a",
        "",          "..",          "dir"};
    int f = open_file("out.txt", 4);
    const void *wr[3] = {(void *)f, "hello file\n", (void *)11};
    say_number("open ", f >= 16, 10);
    say_number("left ", (uint32_t)semihost(5, wr), 10);
    semihost(2, &f);
    f = open_file("dir/in.txt", 0);
    const void *rd[3] = {(void *)f, back, (void *)15};
    say_number("length ", (uint32_t)semihost(0x0c, &f), 10);
    say_number("left ", (uint32_t)semihost(6, rd), 10);
    say(back);
    const void *to_flash[3] = {(void *)f, (void *)0x08000000, (void *)4};
    int zero[2] = {f, 0};
    semihost(0x0a, zero);
    say_number("into flash ", (uint32_t)semihost(6, to_flash), 10);
    semihost(2, &f);
    unsigned got = 0;
    for (unsigned i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        got += open_file(forbidden[i], 0) != -1 || open_file(forbidden[i], 4) != -1;
    say_number("forbidden ", got, 10);
    unsigned opened = 0;
    for (int i = 0; i < 40; i++)
        opened += open_file("out.txt", 0) != -1;
    say_number("handles ", opened, 10);
    static const char id[] = "SEGGER RTT";
    _SEGGER_RTT.up = 1;
    _SEGGER_RTT.ring.buffer = room;
    _SEGGER_RTT.ring.size = sizeof room;
    _SEGGER_RTT.down = 1;
    _SEGGER_RTT.in.buffer = from_host;
    _SEGGER_RTT.in.size = sizeof from_host;
    for (unsigned i = 0; i < sizeof id; i++)
        _SEGGER_RTT.id[i] = id[i];
    rtt("a text that is longer than the ring buffer of thirty-two bytes\n");
#ifdef ECHO
    for (char c[2] = ""; c[0] != '\n';) { /* a line from the host */
        while (_SEGGER_RTT.in.wr == _SEGGER_RTT.in.rd)
            ;
        c[0] = from_host[_SEGGER_RTT.in.rd];
        _SEGGER_RTT.in.rd = (_SEGGER_RTT.in.rd + 1) % sizeof from_host;
        say(c);
    }
#endif
    for (const char *p = "itm\n"; *p; p++) {
        *(volatile uint8_t *)0xe0000000 = (uint8_t)*p; /* stimulus port 0 */
        *(volatile uint8_t *)0xe0000004 = 'x';         /* port 1 is not the console */
    }
    volatile uint32_t *never = (uint32_t *)0x20010000;
    say_number("zero ", never[4], 10); /* --uninit */
    return 0;
}
