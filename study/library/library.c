#include "study/library/library.h"

#include <stdio.h>
#include <string.h>

const char *etinysim_version(void)
{
    return ETINYSIM_VERSION;
}

bool library_take(void *ours, size_t known, const void *theirs, struct err *e)
{
    size_t size = 0;
    memset(ours, 0, known);
    if (theirs)
        memcpy(&size, theirs, sizeof size);
    if (size < sizeof size)
        return err_set(e, ERR_INPUT,
                       "a struct without its size, expected one that its _INIT macro made");
    memcpy(ours, theirs, size < known ? size : known);
    return true;
}

void library_give(void *theirs, const void *ours, size_t known)
{
    size_t size;
    memcpy(&size, theirs, sizeof size);
    if (size > known)
        memset((char *)theirs + known, 0, size - known);
    if (size > sizeof size)
        memcpy((char *)theirs + sizeof size, (const char *)ours + sizeof size,
               (size < known ? size : known) - sizeof size);
}

bool library_error(struct etinysim_error *to, const struct err *e)
{
    if (to) {
        to->code = (int)e->code;
        snprintf(to->text, sizeof to->text, "%s", e->msg);
    }
    return e->code == ERR_NONE;
}
