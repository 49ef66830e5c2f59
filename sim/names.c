#include "sim/names.h"

#include <libiberty/demangle.h>
#include <string.h>

enum { MAX_NAME = 4096 };

char *name_plain(const char *mangled)
{
    if (mangled[0] != '_' || strlen(mangled) > MAX_NAME)
        return NULL;
    /* Recursion stays limited, which libiberty does unless told otherwise: names may be crafted. */
    return cplus_demangle(mangled, DMGL_AUTO | DMGL_PARAMS | DMGL_ANSI);
}
