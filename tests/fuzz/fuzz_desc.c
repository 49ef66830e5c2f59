/* The loader of descriptions: any text gives a document that can be walked, or an error with a
 * reason. */
#include <stdint.h>
#include <stdlib.h>

#include "base/desc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct desc_node *n)
{
    const char *text;
    double r;
    uint64_t u;
    desc_str(n, &text, NULL);
    desc_real(n, -1e9, 1e9, &r, NULL);
    desc_u64(n, 0, UINT64_MAX, &u, NULL);
    for (size_t i = 0; i < desc_list_len(n); i++)
        walk(desc_list_at(n, i));
    for (size_t i = 0; i < desc_map_len(n); i++) {
        const struct desc_node *v;
        desc_map_key_at(n, i, &v);
        walk(v);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct desc *d = desc_parse("fuzz", (const char *)data, size, &e);
    if (d)
        walk(desc_root(d));
    else if (e.code == ERR_NONE || !e.msg[0])
        abort();
    desc_free(d);
    return 0;
}
