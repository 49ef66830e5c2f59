/* The known word that a mistyped one was probably meant to be. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

/* The nearest of the NULL-terminated `known` words: the one with the fewest insertions, deletions,
 * replacements and swaps of neighbours between it and `word`, at most one for every three letters
 * of `word`; else the only one that begins with `word`. NULL: none is near. Borrowed. */
const char *suggest_word(const char *word, const char *const *known);

#endif
