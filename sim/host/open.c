#include <stdlib.h>

#include "sim/host/host.h"

bool host_open(struct machine *m, struct err *e)
{
    m->host = calloc(1, sizeof *m->host);
    if (!m->host)
        return err_nomem(e);
    rtt_open(m);
    return semihost_open(m, e);
}

void host_close(struct machine *m)
{
    struct host *h = m->host;
    if (!h)
        return;
    debug_close(m);
    for (int i = 0; i < MAX_REGIONS; i++)
        free(h->written[i]);
    semihost_close(m);
    profile_free(h->profile);
    lines_free(h->lines);
    buf_free(&h->console);
    free(h);
    m->host = NULL;
}
