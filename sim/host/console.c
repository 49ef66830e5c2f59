/* What the program prints, by USART, ITM, semihosting or RTT. */
#include "sim/exec/engine.h"
#include "sim/host/host.h"

enum { MAX_TEXT = 1 << 20 };

void console_write(struct machine *m, const char *s, size_t n)
{
    if (m->opt.console)
        m->opt.console(m->opt.console_user, s, n);
    if (m->host->console.len + n > MAX_TEXT) {
        if (!m->host->console_full)
            engine_warn(m, "the program printed more than %d bytes; the rest is left out",
                        MAX_TEXT);
        m->host->console_full = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (s[i])
            buf_add(&m->host->console, s + i, 1);
}
