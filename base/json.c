#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

/* Adds and returns the item; on failure the tree can no longer be printed. */
static cJSON *add(cJSON *in, const char *key, cJSON *item)
{
    bool ok =
        in && item && (key ? cJSON_AddItemToObject(in, key, item) : cJSON_AddItemToArray(in, item));
    if (ok)
        return item;
    cJSON_Delete(item);
    if (in)
        in->type = cJSON_Invalid;
    return NULL;
}

cJSON *json_root(void)
{
    return cJSON_CreateObject();
}

cJSON *json_root_array(void)
{
    return cJSON_CreateArray();
}

cJSON *json_object(cJSON *in, const char *key)
{
    return add(in, key, cJSON_CreateObject());
}

cJSON *json_array(cJSON *in, const char *key)
{
    return add(in, key, cJSON_CreateArray());
}

void json_text(cJSON *in, const char *key, const char *text)
{
    struct buf valid = {0};
    escape_utf8(&valid, text);
    add(in, key, valid.failed ? NULL : cJSON_CreateString(buf_text(&valid)));
    buf_free(&valid);
}

void json_bool(cJSON *in, const char *key, bool v)
{
    add(in, key, cJSON_CreateBool(v));
}

void json_raw(cJSON *in, const char *key, const char *json)
{
    add(in, key, json ? cJSON_CreateRaw(json) : NULL);
}

void json_copy(cJSON *in, const char *key, const cJSON *item)
{
    if (item)
        add(in, key, cJSON_Duplicate(item, true));
}

void json_null(cJSON *in, const char *key)
{
    add(in, key, cJSON_CreateNull());
}

void json_number(cJSON *in, const char *key, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    json_raw(in, key, text);
}

void json_int(cJSON *in, const char *key, int64_t v)
{
    json_number(in, key, "%" PRId64, v);
}

void json_uint(cJSON *in, const char *key, uint64_t v)
{
    json_number(in, key, "%" PRIu64, v);
}

void json_real(cJSON *in, const char *key, double v)
{
    char text[40];
    if (!isfinite(v)) {
        json_null(in, key);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    json_raw(in, key, text);
}

/* A blank behind every comma and colon that is not inside a string and has none yet. */
static void spaced(struct buf *out, const char *text)
{
    bool quoted = false;
    for (const char *p = text; *p; p++) {
        buf_add(out, p, 1);
        if (quoted && *p == '\\' && p[1])
            buf_add(out, ++p, 1);
        else if (*p == '"')
            quoted = !quoted;
        else if (!quoted && (*p == ',' || *p == ':') && p[1] != '\n' && p[1] != ' ')
            buf_str(out, " ");
    }
}

bool json_print(cJSON *root, enum json_style style, struct buf *out)
{
    char *text = !root                    ? NULL
                 : style == JSON_INDENTED ? cJSON_Print(root)
                                          : cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    if (!text)
        out->failed = true;
    else if (style == JSON_SPACED)
        spaced(out, text);
    else
        buf_str(out, text);
    cJSON_free(text);
    return !out->failed;
}
