#include "base/data.h"

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/suggest.h"

#ifndef SOURCE_DIR
#error "SOURCE_DIR must name the source tree"
#endif
#ifndef BUILD_DIR
#error "BUILD_DIR must name the folder that the program is built in"
#endif

static bool try_root(char *out, size_t size, const char *root, const char *relative)
{
    if (!root || !*root)
        return false;
    int n = snprintf(out, size, "%s/%s", root, relative);
    return n > 0 && (size_t)n < size && access(out, R_OK) == 0;
}

/* The file that this code runs from: the shared library, else the program. The dynamic linker has
 * no name for the latter. */
static bool own_file(char out[3072])
{
    Dl_info info;
    struct link_map *map = NULL;
    char real[PATH_MAX];
    if (dladdr1(BUILD_DIR, &info, (void **)&map, RTLD_DL_LINKMAP) && map && map->l_name[0]) {
        if (!realpath(map->l_name, real) || strlen(real) >= 3072)
            return false;
        strcpy(out, real);
        return true;
    }
    ssize_t n = readlink("/proc/self/exe", out, 3071);
    if (n > 0) {
        out[n] = '\0';
        return true;
    }
    /* Without /proc: the path that the program was started by. */
    const char *started = (const char *)getauxval(AT_EXECFN);
    if (!started || !realpath(started, real) || strlen(real) >= 3072)
        return false;
    strcpy(out, real);
    return true;
}

/* The data's folder by where that file lies: one that was not installed uses the source tree. */
static bool own_root(char out[4096])
{
    const char *const build = BUILD_DIR "/";
    char exe[3072];
    if (!own_file(exe))
        return false;
    if (!strncmp(exe, build, strlen(build))) {
        snprintf(out, 4096, "%s", SOURCE_DIR);
        return true;
    }
    for (int up = 0; up < 2; up++) { /* PREFIX/bin/etinysim, PREFIX/lib/libetinysim.so.0 */
        char *slash = strrchr(exe, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    snprintf(out, 4096, "%s/share/etinysim", exe);
    char *last = strrchr(exe, '/');
    if (last && !strcmp(last, "/lib") && access(out, R_OK)) { /* PREFIX/lib/x86_64-linux-gnu/ */
        *last = '\0';
        snprintf(out, 4096, "%s/share/etinysim", exe);
    }
    return true;
}

bool data_path(char *out, size_t size, const char *relative)
{
    char root[4096];
    return try_root(out, size, getenv("ETINYSIM_DATA"), relative) ||
           (own_root(root) && try_root(out, size, root, relative));
}

bool data_need(char *out, size_t size, const char *relative, struct err *e)
{
    char root[4096];
    if (data_path(out, size, relative))
        return true;
    return own_root(root)
               ? err_set(e, ERR_ENV, "%s/%s: this part of the program's data is missing", root,
                         relative)
               : err_set(e, ERR_ENV,
                         "%s: nothing tells where the program's data lies (ETINYSIM_DATA can)",
                         relative);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **data_list(const char *folder, struct err *e)
{
    return data_list_ending(folder, ".yaml", e);
}

char **data_list_ending(const char *folder, const char *ending, struct err *e)
{
    char dir[4096];
    struct buf names = {0};
    size_t n = 0;
    if (!data_need(dir, sizeof dir, folder, e))
        return NULL;
    DIR *d = opendir(dir);
    if (!d) {
        err_set(e, ERR_ENV, "%s: %s", dir, strerror(errno));
        return NULL;
    }
    for (struct dirent *f; (f = readdir(d));) {
        char *dot = strrchr(f->d_name, '.');
        if (!dot || dot == f->d_name || strcmp(dot, ending))
            continue;
        buf_add(&names, f->d_name, (size_t)(dot - f->d_name));
        buf_add(&names, "", 1);
        n++;
    }
    closedir(d);
    char **list = names.failed ? NULL : malloc((n + 1) * sizeof *list + names.len);
    if (list) {
        char *text = (char *)(list + n + 1);
        if (names.len)
            memcpy(text, names.data, names.len);
        for (size_t i = 0; i < n; i++, text += strlen(text) + 1)
            list[i] = text;
        list[n] = NULL;
        qsort(list, n, sizeof *list, by_name);
    }
    buf_free(&names);
    if (!list)
        err_nomem(e);
    return list;
}

bool data_not_found(const char *what, const char *folder, const char *ending, const char *name,
                    struct err *e)
{
    struct buf known = {0};
    char **list = data_list_ending(folder, ending, e);
    if (!list)
        return false;
    for (size_t i = 0; list[i]; i++)
        buf_printf(&known, "%s%s", i ? ", " : "", list[i]);
    const char *meant = suggest_word(name, (const char *const *)list);
    err_set(e, ERR_INPUT, "unknown %s '%.64s', %s%s%sknown: %s", what, name,
            meant ? "did you mean '" : "", meant ? meant : "", meant ? "'? " : "",
            buf_text(&known));
    free(list);
    buf_free(&known);
    return false;
}

bool data_find(char *out, size_t size, const char *what, const char *folder, const char *name,
               struct err *e)
{
    size_t len = strlen(name);
    if (strchr(name, '/') || (len > 5 && !strcmp(name + len - 5, ".yaml"))) {
        int n = snprintf(out, size, "%s", name);
        return (n > 0 && (size_t)n < size) ||
               err_set(e, ERR_INPUT, "the path of the %s is too long", what);
    }
    char relative[512];
    int n = snprintf(relative, sizeof relative, "%s/%s.yaml", folder, name);
    if (n > 0 && (size_t)n < sizeof relative && data_path(out, size, relative))
        return true;
    return data_not_found(what, folder, ".yaml", name, e);
}

void data_stem(char *out, size_t size, const char *path)
{
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    size_t n = strlen(base);
    if (n > 5 && !strcmp(base + n - 5, ".yaml"))
        n -= 5;
    n = n < size ? n : size - 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)base[i];
        out[i] = isalnum(c) || strchr(".-_", c) ? (char)c : '_';
    }
    out[n] = '\0';
}

void data_sha256(const void *data, size_t n, char out[65])
{
    struct sha256_ctx ctx;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&ctx);
    sha256_update(&ctx, n, data);
    sha256_digest(&ctx, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
