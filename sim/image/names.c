#include "sim/image/names.h"

#include <fnmatch.h>
#include <libiberty/demangle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 4096 };

/* Recursion stays limited, which libiberty does unless told otherwise: names may be crafted. */
static char *demangle(const char *name, int how)
{
    return name[0] != '_' || strlen(name) > MAX_NAME
               ? NULL
               : cplus_demangle(name, DMGL_AUTO | DMGL_ANSI | how);
}

char *image_name_plain(const char *mangled)
{
    return demangle(mangled, DMGL_PARAMS);
}

const char *image_name_text(const char *linker, char *out, size_t size)
{
    char *plain = image_name_plain(linker);
    snprintf(out, size, "%s", plain ? plain : linker);
    free(plain);
    return out;
}

bool image_name_matches(const char *glob, const char *linker)
{
    static const int how[] = {DMGL_PARAMS, DMGL_NO_OPTS};
    bool yes = !fnmatch(glob, linker, 0);
    for (int i = 0; i < 2 && !yes; i++) {
        char *plain = demangle(linker, how[i]);
        yes = plain && !fnmatch(glob, plain, 0);
        free(plain);
    }
    return yes;
}
