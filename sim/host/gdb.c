#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "sim/host/gdb.h"

enum { MAX_PACKET = 0x4000, MAX_MEMORY = 0x1f00 };

struct gdb {
    struct gdb_target t;
    int server, client, port;
    char *unix_path;
    /* what was received */
    enum { WAIT_START, IN_PACKET, CHECKSUM_1, CHECKSUM_2 } state;
    char packet[MAX_PACKET + 1];
    size_t len;
    bool overrun, escaped, no_ack, done, killed, interrupt;
    uint8_t sum, want;
    struct gdb_stop last;
};

static const char target_head[] =
    "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target "
    "version=\"1.0\"><architecture>arm</architecture>";

static void target_xml(struct buf *b)
{
    static const char *const special[] = {"sp", "lr", "pc"}, *const system[] = {
                                                                 "msp",     "psp",       "primask",
                                                                 "basepri", "faultmask", "control"};
    buf_str(b, target_head);
    buf_str(b, "<feature name=\"org.gnu.gdb.arm.m-profile\">");
    for (int i = 0; i < 13; i++)
        buf_printf(b, "<reg name=\"r%d\" bitsize=\"32\" regnum=\"%d\"/>", i, i);
    for (int i = 0; i < 3; i++)
        buf_printf(b, "<reg name=\"%s\" bitsize=\"32\" regnum=\"%d\" type=\"%s\"/>", special[i],
                   13 + i,
                   i == 0   ? "data_ptr"
                   : i == 2 ? "code_ptr"
                            : "int");
    buf_printf(b,
               "<reg name=\"xpsr\" bitsize=\"32\" regnum=\"%d\"/></feature><feature "
               "name=\"org.gnu.gdb.arm.vfp\">",
               GDB_XPSR);
    for (int i = 0; i < 16; i++)
        buf_printf(b, "<reg name=\"d%d\" bitsize=\"64\" type=\"ieee_double\" regnum=\"%d\"/>", i,
                   GDB_D0 + i);
    buf_printf(b,
               "<reg name=\"fpscr\" bitsize=\"32\" type=\"int\" group=\"float\" "
               "regnum=\"%d\"/></feature><feature name=\"org.gnu.gdb.arm.m-system\">",
               GDB_FPSCR);
    for (int i = 0; i < 6; i++)
        buf_printf(b, "<reg name=\"%s\" bitsize=\"32\" regnum=\"%d\"%s/>", system[i], GDB_MSP + i,
                   i < 2 ? " type=\"data_ptr\"" : "");
    buf_str(b, "</feature></target>");
}

static int nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A hexadecimal number of at most 16 digits at *p, followed by `end` (0 = the end of the packet).
 * Moves *p behind it. */
static bool number(const char **p, char end, uint64_t *out)
{
    const char *s = *p;
    uint64_t v = 0;
    while (nibble(*s) >= 0 && s - *p < 16)
        v = v << 4 | (uint64_t)nibble(*s++);
    if (s == *p || *s != end)
        return false;
    *p = end ? s + 1 : s;
    *out = v;
    return true;
}

static bool address(const char **p, char end, uint32_t *out)
{
    uint64_t v;
    if (!number(p, end, &v) || v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

static void hex(struct buf *b, const void *bytes, size_t n)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        uint8_t v = ((const uint8_t *)bytes)[i];
        buf_add(b, (char[]){digit[v >> 4], digit[v & 15]}, 2);
    }
}

static size_t unhex(const char *s, uint8_t *out, size_t max)
{
    size_t n = 0;
    for (; n < max && nibble(s[2 * n]) >= 0 && nibble(s[2 * n + 1]) >= 0; n++)
        out[n] = (uint8_t)(nibble(s[2 * n]) << 4 | nibble(s[2 * n + 1]));
    return n;
}

static int reg_size(int n)
{
    return n >= GDB_D0 && n < GDB_FPSCR ? 8 : 4;
}

static void put_reg(struct gdb *g, int n, struct buf *out)
{
    uint64_t v = g->t.reg(g->t.self, n);
    uint8_t b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (uint8_t)(v >> 8 * i);
    hex(out, b, (size_t)reg_size(n));
}

/* Sends the register on when there are enough digits; returns the digits used. */
static size_t take_reg(struct gdb *g, int n, const char *s)
{
    uint8_t b[8] = {0};
    size_t size = (size_t)reg_size(n);
    if (unhex(s, b, size) != size)
        return 0;
    uint64_t v = 0;
    for (size_t i = 0; i < size; i++)
        v |= (uint64_t)b[i] << 8 * i;
    g->t.set_reg(g->t.self, n, v);
    return 2 * size;
}

static void stop_reply(struct gdb *g, struct buf *out)
{
    static const char *const watch[] = {
        [GDB_WATCH_WRITE] = "watch", [GDB_WATCH_READ] = "rwatch", [GDB_WATCH_ACCESS] = "awatch"};
    switch (g->last.why) {
    case GDB_EXITED: buf_printf(out, "W%02x", (unsigned)g->last.code & 0xff); return;
    case GDB_LIMIT:
        buf_str(out, "X09");
        return; /* SIGKILL: a limit of cycles or seconds ended the program */
    case GDB_FAULT: buf_str(out, "S0b"); return;
    case GDB_INTERRUPTED: buf_str(out, "S02"); return;
    case GDB_WATCHED:
        buf_printf(out, "T05%s:%x;", watch[g->last.point] ? watch[g->last.point] : "watch",
                   (unsigned)g->last.addr);
        return;
    case GDB_STEPPED:
    case GDB_BREAK: break;
    }
    buf_str(out, "S05");
}

static void resume(struct gdb *g, bool step, struct buf *out)
{
    if (g->last.why != GDB_EXITED && g->last.why != GDB_LIMIT) {
        g->interrupt = false;
        g->last = g->t.resume(g->t.self, step);
    }
    stop_reply(g, out);
}

static void memory_read(struct gdb *g, const char *p, struct buf *out)
{
    uint32_t addr, n;
    uint8_t bytes[MAX_MEMORY];
    if (!address(&p, ',', &addr) || !address(&p, 0, &n))
        buf_str(out, "E01");
    else {
        if (n > sizeof bytes)
            n = sizeof bytes;
        if (n && g->t.read(g->t.self, addr, bytes, n))
            hex(out, bytes, n);
        else
            buf_str(out, "E0e");
    }
}

static void memory_write(struct gdb *g, const char *p, bool binary, struct buf *out)
{
    uint32_t addr, n;
    uint8_t bytes[MAX_PACKET];
    if (!address(&p, ',', &addr) || !address(&p, ':', &n) || n > sizeof bytes) {
        buf_str(out, "E01");
        return;
    }
    size_t left = g->len - (size_t)(p - g->packet), got = left;
    if (binary && got <= sizeof bytes)
        memcpy(bytes, p, got);
    else
        got = unhex(p, bytes, sizeof bytes);
    if (got != n)
        buf_str(out, "E01");
    else
        buf_str(out, n == 0 || g->t.write(g->t.self, addr, bytes, n) ? "OK" : "E0e");
}

static void point(struct gdb *g, const char *p, struct buf *out)
{
    bool insert = *p++ == 'Z';
    uint32_t kind, addr, len;
    if (!address(&p, ',', &kind) || !address(&p, ',', &addr) || !address(&p, 0, &len))
        buf_str(out, "E01");
    else if (kind <= GDB_WATCH_ACCESS)
        buf_str(out, g->t.point(g->t.self, (enum gdb_point)kind, addr, len, insert) ? "OK" : "E1c");
}

static void query(struct gdb *g, const char *p, struct buf *out)
{
    static const char features[] = "qXfer:features:read:target.xml:";
    if (!strncmp(p, "qSupported", 10))
        buf_printf(out, "PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;vContSupported+",
                   MAX_PACKET);
    else if (!strcmp(p, "qAttached"))
        buf_str(out, "1");
    else if (!strncmp(p, features, sizeof features - 1)) {
        struct buf xml = {0};
        uint32_t off, n;
        p += sizeof features - 1;
        target_xml(&xml);
        if (xml.failed || !address(&p, ',', &off) || !address(&p, 0, &n) || off > xml.len)
            buf_str(out, "E01");
        else {
            size_t left = xml.len - off, part = n < left ? n : left;
            buf_str(out, part < left ? "m" : "l");
            buf_add(out, xml.data + off, part);
        }
        buf_free(&xml);
    } else if (!strncmp(p, "qRcmd,", 6)) {
        char text[128] = {0};
        struct buf answer = {0};
        unhex(p + 6, (uint8_t *)text, sizeof text - 1);
        if (!g->t.monitor(g->t.self, text, &answer))
            buf_printf(&answer, "unknown command '%s'\n", text);
        hex(out, buf_text(&answer), answer.len > MAX_MEMORY ? MAX_MEMORY : answer.len);
        buf_free(&answer);
        if (!out->len)
            buf_str(out, "OK");
    }
}

static void execute(struct gdb *g, struct buf *out)
{
    const char *p = g->packet;
    uint32_t n;
    switch (*p) {
    case '?': stop_reply(g, out); break;
    case 'g':
        for (int i = 0; i < GDB_REGS; i++)
            put_reg(g, i, out);
        break;
    case 'G': {
        size_t at = 1;
        for (int i = 0; i < GDB_REGS; i++) {
            size_t used = at < g->len ? take_reg(g, i, p + at) : 0;
            if (!used)
                break;
            at += used;
        }
        buf_str(out, at == g->len ? "OK" : "E01");
        break;
    }
    case 'p':
        p++;
        if (address(&p, 0, &n) && n < GDB_REGS)
            put_reg(g, (int)n, out);
        else
            buf_str(out, "E01");
        break;
    case 'P':
        p++;
        buf_str(out, address(&p, '=', &n) && n < GDB_REGS && take_reg(g, (int)n, p) ? "OK" : "E01");
        break;
    case 'm': memory_read(g, p + 1, out); break;
    case 'M': memory_write(g, p + 1, false, out); break;
    case 'X': memory_write(g, p + 1, true, out); break;
    case 'Z':
    case 'z': point(g, p, out); break;
    case 'c':
    case 's':
    case 'C':
    case 'S': resume(g, *p == 's' || *p == 'S', out); break;
    case 'v':
        if (!strcmp(p, "vCont?"))
            buf_str(out, "vCont;c;C;s;S");
        else if (!strncmp(p, "vCont;", 6) && p[6] && strchr("cCsS", p[6]))
            resume(g, p[6] == 's' || p[6] == 'S', out);
        else if (!strncmp(p, "vKill", 5)) {
            g->done = g->killed = true;
            buf_str(out, "OK");
        }
        break;
    case 'H': buf_str(out, "OK"); break;
    case 'D':
        g->done = true;
        buf_str(out, "OK");
        break;
    case 'k': g->done = g->killed = true; break;
    case 'q': query(g, p, out); break;
    case 'Q':
        if (!strcmp(p, "QStartNoAckMode")) {
            g->no_ack = true;
            buf_str(out, "OK");
        }
        break;
    }
}

static void reply(const struct buf *payload, struct buf *out)
{
    uint8_t sum = 0;
    buf_str(out, "$");
    for (size_t i = 0; i < payload->len; i++) {
        char c = payload->data[i];
        if (strchr("$#}*", c) && c) {
            buf_add(out, (char[]){'}', (char)(c ^ 0x20)}, 2);
            sum = (uint8_t)(sum + '}' + (c ^ 0x20));
        } else {
            buf_add(out, &c, 1);
            sum = (uint8_t)(sum + (uint8_t)c);
        }
    }
    buf_printf(out, "#%02x", sum);
}

static void packet_done(struct gdb *g, struct buf *out)
{
    bool good = g->sum == g->want && !g->overrun && !g->escaped;
    bool ack = !g->no_ack;
    g->packet[g->len] = 0;
    if (!good) {
        if (ack)
            buf_str(out, "-");
        return;
    }
    if (ack)
        buf_str(out, "+");
    struct buf payload = {0};
    execute(g, &payload);
    if (g->packet[0] != 'k')
        reply(&payload, out);
    buf_free(&payload);
}

static void input_byte(struct gdb *g, char c, struct buf *out)
{
    switch (g->state) {
    case WAIT_START:
        if (c == '$') {
            g->state = IN_PACKET;
            g->len = 0;
            g->sum = 0;
            g->overrun = g->escaped = false;
        }
        break;
    case IN_PACKET:
        if (c == '#') {
            g->state = CHECKSUM_1;
            break;
        }
        g->sum = (uint8_t)(g->sum + (uint8_t)c);
        if (c == '}' && !g->escaped) {
            g->escaped = true;
            break;
        }
        if (g->escaped)
            c = (char)(c ^ 0x20);
        g->escaped = false;
        if (g->len == MAX_PACKET)
            g->overrun = true;
        else
            g->packet[g->len++] = c;
        break;
    case CHECKSUM_1:
        g->want = (uint8_t)((nibble(c) & 15) << 4);
        g->overrun |= nibble(c) < 0;
        g->state = CHECKSUM_2;
        break;
    case CHECKSUM_2:
        g->want = (uint8_t)(g->want | (nibble(c) & 15));
        g->overrun |= nibble(c) < 0;
        g->state = WAIT_START;
        packet_done(g, out);
        break;
    }
}

void gdb_input(struct gdb *g, const void *bytes, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n && !g->done; i++)
        input_byte(g, ((const char *)bytes)[i], out);
}

struct gdb *gdb_offline(const struct gdb_target *t, struct err *e)
{
    struct gdb *g = calloc(1, sizeof *g);
    if (!g) {
        err_nomem(e);
        return NULL;
    }
    g->t = *t;
    g->server = g->client = -1;
    return g;
}

static bool listen_unix(struct gdb *g, const char *path, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a.sun_path)
        return err_set(e, ERR_INPUT, "%s: the path of a Unix socket has at most %zu characters",
                       path, sizeof a.sun_path - 1);
    memcpy(a.sun_path, path, strlen(path) + 1);
    g->server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (g->server < 0 || bind(g->server, (struct sockaddr *)&a, sizeof a) || listen(g->server, 1))
        return err_set(e, ERR_ENV, "%s: %s", path, strerror(errno));
    g->unix_path = strdup(path);
    return g->unix_path || err_nomem(e);
}

static bool listen_tcp(struct gdb *g, const char *text, struct err *e)
{
    char *end = NULL;
    unsigned long port = strtoul(text, &end, 10);
    if (!*text || *end || port > 65535 || text[0] < '0' || text[0] > '9')
        return err_set(e, ERR_INPUT,
                       "--gdb %s: expected a port number or the path of a Unix socket", text);
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int on = 1;
    g->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (g->server < 0 || setsockopt(g->server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(g->server, (struct sockaddr *)&a, sizeof a) || listen(g->server, 1) ||
        getsockname(g->server, (struct sockaddr *)&a, &len))
        return err_set(e, ERR_ENV, "port %lu of 127.0.0.1: %s", port, strerror(errno));
    g->port = ntohs(a.sin_port);
    return true;
}

struct gdb *gdb_listen(const char *where, const struct gdb_target *t, struct err *e)
{
    struct gdb *g = gdb_offline(t, e);
    if (g && !(strchr(where, '/') ? listen_unix(g, where, e) : listen_tcp(g, where, e))) {
        gdb_close(g);
        return NULL;
    }
    return g;
}

int gdb_port(const struct gdb *g)
{
    return g->port;
}

bool gdb_interrupted(struct gdb *g)
{
    struct pollfd p = {.fd = g->client, .events = POLLIN};
    char c;
    while (g->client >= 0 && !g->interrupt && poll(&p, 1, 0) > 0) {
        ssize_t n = recv(g->client, &c, 1, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            g->done = g->killed = true;
        if (n <= 0 || c == 3)
            g->interrupt = true; /* anything else cannot come while the target runs */
    }
    return g->interrupt;
}

/* Waits until `fd` has something for us. */
static bool wait_for(int fd, const struct gdb_patience *p, struct err *e)
{
    enum { LOOK_MS = 100 };
    struct pollfd one = {.fd = fd, .events = POLLIN};
    for (;;) {
        int n = poll(&one, 1, LOOK_MS);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return err_set(e, ERR_ENV, "cannot wait for the debugger: %s", strerror(errno));
        if (p->seconds && clock_host_ns() - p->since_ns >= p->seconds * 1000000000u)
            return err_set(e, ERR_LIMIT,
                           "stopped after %" PRIu64 " s (--max-seconds), waiting for the debugger",
                           p->seconds);
    }
}

bool gdb_serve(struct gdb *g, const struct gdb_patience *p, bool *killed, struct err *e)
{
    *killed = false;
    if (!wait_for(g->server, p, e))
        return false;
    do
        g->client = accept(g->server, NULL, NULL);
    while (g->client < 0 && errno == EINTR);
    if (g->client < 0)
        return err_set(e, ERR_ENV, "cannot accept a debugger: %s", strerror(errno));
    int on = 1;
    if (!g->unix_path && setsockopt(g->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
        return err_set(e, ERR_ENV, "cannot set up the connection: %s", strerror(errno));
    bool ok = true;
    while (!g->done && ok) {
        char bytes[4096];
        struct buf out = {0};
        ok = wait_for(g->client, p, e);
        if (!ok)
            break;
        ssize_t n = recv(g->client, bytes, sizeof bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        gdb_input(g, bytes, (size_t)n, &out);
        if (out.failed)
            ok = err_nomem(e);
        for (size_t at = 0; at < out.len && ok;) {
            ssize_t sent = send(g->client, out.data + at, out.len - at, MSG_NOSIGNAL);
            if (sent > 0)
                at += (size_t)sent;
            else if (errno != EINTR) { /* the client has gone: as a detach */
                g->done = true;
                break;
            }
        }
        buf_free(&out);
    }
    close(g->client);
    g->client = -1;
    *killed = g->killed;
    return ok;
}

void gdb_close(struct gdb *g)
{
    if (!g)
        return;
    if (g->client >= 0)
        close(g->client);
    if (g->server >= 0)
        close(g->server);
    if (g->unix_path)
        unlink(g->unix_path);
    free(g->unix_path);
    free(g);
}
