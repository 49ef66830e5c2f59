#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void clip(struct err *e, size_t at, int n)
{
    size_t room = sizeof e->msg - at;
    if (n < 0)
        e->msg[at] = '\0';
    else if ((size_t)n >= room)
        memcpy(e->msg + sizeof e->msg - 4, "...", 4);
    for (char *p = e->msg; *p; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
}

bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    if (!e || e->code != ERR_NONE)
        return false;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    clip(e, 0, n);
    e->code = code;
    return false;
}

bool err_at(struct err *e, const char *file, int line, const char *fmt, ...)
{
    if (!e || e->code != ERR_NONE)
        return false;
    int k = line > 0 ? snprintf(e->msg, sizeof e->msg, "%s:%d: ", file, line)
                     : snprintf(e->msg, sizeof e->msg, "%s: ", file);
    size_t at = k < 0 ? 0 : (size_t)k < sizeof e->msg ? (size_t)k : sizeof e->msg - 1;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(e->msg + at, sizeof e->msg - at, fmt, ap);
    va_end(ap);
    clip(e, at, n);
    e->code = ERR_INPUT;
    return false;
}

bool err_nomem(struct err *e)
{
    return err_set(e, ERR_ENV, "out of memory");
}
