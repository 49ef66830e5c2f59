#include "base/suggest.h"

#include <string.h>

enum { LONGEST = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: edits and swaps of neighbours, no part edited twice. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), row[3][LONGEST + 1];
    if (n > LONGEST || m > LONGEST)
        return LONGEST + 1;
    for (size_t j = 0; j <= m; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *last = row[(i - 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], row[(i - 2) % 3][j - 2] + 1);
        }
    }
    return row[n % 3][m];
}

const char *suggest_word(const char *word, const char *const *known)
{
    const char *best = NULL, *begins = NULL;
    size_t len = strlen(word), nearest = len / 3 + 1, beginning = 0;
    for (; *known; known++) {
        size_t d = distance(word, *known);
        if (d < nearest) {
            nearest = d;
            best = *known;
        }
        if (len && !strncmp(word, *known, len)) {
            beginning++;
            begins = *known;
        }
    }
    return best ? best : beginning == 1 ? begins : NULL;
}
