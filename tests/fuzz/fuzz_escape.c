/* Escaping: whatever the bytes, what each format gets is one cell, one part of a line or one string
 * of that format. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* No control of ASCII, and none of C1, which UTF-8 writes as c2 80 to c2 9f. */
static void must_not_act(const char *text, const char *allowed)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        must(*p >= 0x20 || strchr(allowed, *p));
        must(*p != 0x7f && !(p[0] == 0xc2 && p[1] < 0xa0));
    }
}

/* Every character of `special` has a backslash before it; a backslash escapes what follows. */
static void must_escape(const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\\' && text[1])
            text++;
        else
            must(!strchr(special, *text));
    }
}

static void check_csv(const char *text)
{
    size_t n = strlen(text);
    if (*text != '"') {
        must(!strpbrk(text, ",\"\n\r"));
        return;
    }
    must(n >= 2 && text[n - 1] == '"');
    for (size_t i = 1; i + 1 < n; i++)
        if (text[i] == '"')
            must(++i + 1 < n && text[i] == '"');
}

static void check_json(const char *text)
{
    struct buf out = {0}, valid = {0};
    cJSON *root = json_root();
    json_text(root, "key", text);
    must(json_print(root, JSON_SPACED, &out));
    cJSON *back = cJSON_Parse(buf_text(&out));
    escape_utf8(&valid, text);
    const cJSON *item = cJSON_GetObjectItem(back, "key");
    must(cJSON_IsString(item) && !strcmp(item->valuestring, buf_text(&valid)));
    for (const unsigned char *p = (const unsigned char *)buf_text(&out); *p; p++)
        must(*p >= 0x20);
    cJSON_Delete(back);
    buf_free(&out);
    buf_free(&valid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out[6] = {{0}};
    char *text = calloc(size + 1, 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    escape_text(&out[0], text);
    escape_markdown(&out[1], text);
    escape_tex(&out[2], text);
    escape_csv(&out[3], text);
    escape_tsv(&out[4], text);
    escape_gnuplot(&out[5], text);
    for (int i = 0; i < 6; i++) {
        must(!out[i].failed);
        must_not_act(buf_text(&out[i]), i == 3 ? "\n\r\t" : "");
    }
    must_escape(buf_text(&out[1]), "|*<`");
    must_escape(buf_text(&out[2]), "&%$#_~^");
    check_csv(buf_text(&out[3]));
    must(!strpbrk(buf_text(&out[4]), "\t\n\"") && *buf_text(&out[4]) != '#');
    must(!strpbrk(buf_text(&out[5]), "'\"\\`"));
    check_json(text);
    for (int i = 0; i < 6; i++)
        buf_free(&out[i]);
    free(text);
    return 0;
}
