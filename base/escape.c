#include "base/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Length of the UTF-8 sequence at p and its code point; 0: there is none (RFC 3629: no overlong
 * forms, no surrogates). */
static size_t decode(const char *text, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    if (p[0] >= 0xc2 && p[0] < 0xe0 && is_tail(p[1])) {
        *code = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
        return 2;
    }
    if ((p[0] & 0xf0) == 0xe0 && is_tail(p[1]) && is_tail(p[2])) {
        *code = (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        return *code >= 0x800 && (*code < 0xd800 || *code > 0xdfff) ? 3 : 0;
    }
    if (p[0] >= 0xf0 && p[0] < 0xf5 && is_tail(p[1]) && is_tail(p[2]) && is_tail(p[3])) {
        *code = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
                (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
        return *code >= 0x10000 && *code < 0x110000 ? 4 : 0;
    }
    return 0;
}

/* Controls (C0, delete, C1), separators of lines and paragraphs, and overrides of the direction of
 * writing. */
static bool acts(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The character at *text when it may be printed as it is: its length, and *text moves on. Else 0,
 * with a notation for it in `shown`. */
static size_t next(const char **text, const char **at, struct buf *shown)
{
    uint32_t code = 0;
    size_t n = decode(*text, &code);
    *at = *text;
    *text += n ? n : 1;
    if (n && !acts(code))
        return n;
    shown->len = 0;
    if (code == '\n' || code == '\t')
        buf_str(shown, code == '\n' ? "\\n" : "\\t");
    else if (code > 0xff)
        buf_printf(shown, "\\u%04x", (unsigned)code);
    else
        buf_printf(shown, "\\x%02x", n ? (unsigned)code : (unsigned)(unsigned char)**at);
    return 0;
}

void escape_text(struct buf *out, const char *text)
{
    struct buf shown = {0};
    const char *at;
    while (*text) {
        size_t n = next(&text, &at, &shown);
        if (n)
            buf_add(out, at, n);
        else
            buf_str(out, buf_text(&shown));
    }
    out->failed = out->failed || shown.failed;
    buf_free(&shown);
}

/* escape_text, then `escape` for every byte of it: the character and the one before it, "" at the
 * beginning. */
static void escape_each(struct buf *out, const char *text,
                        void (*escape)(struct buf *, const char *at, char before))
{
    struct buf clean = {0};
    escape_text(&clean, text);
    out->failed = out->failed || clean.failed;
    char before = '\0';
    for (const char *p = buf_text(&clean); *p; before = *p++)
        escape(out, p, before);
    buf_free(&clean);
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

/* Only what would begin something: `_` inside a word and `]` without a target are letters to
 * Markdown. */
static void markdown_char(struct buf *out, const char *at, char before)
{
    bool special = strchr("\\`|*<", *at) || (*at == '_' && !(is_word(before) && is_word(at[1]))) ||
                   (*at == ']' && at[1] && strchr("([:", at[1])) ||
                   (*at == '&' && (is_word(at[1]) || at[1] == '#'));
    if (special)
        buf_str(out, "\\");
    buf_add(out, at, 1);
}

void escape_markdown(struct buf *out, const char *text)
{
    escape_each(out, text, markdown_char);
}

static void tex_char(struct buf *out, const char *at, char before)
{
    (void)before;
    if (strchr("&%$#_{}", *at))
        buf_printf(out, "\\%c", *at);
    else if (*at == '\\')
        buf_str(out, "\\textbackslash{}");
    else if (*at == '~' || *at == '^')
        buf_printf(out, "\\%c{}", *at);
    else
        buf_add(out, at, 1);
}

void escape_tex(struct buf *out, const char *text)
{
    escape_each(out, text, tex_char);
}

static void tsv_char(struct buf *out, const char *at, char before)
{
    if (*at == '"')
        buf_str(out, "'");
    else if (*at == '#' && !before)
        buf_str(out, "\\#");
    else
        buf_add(out, at, 1);
}

void escape_tsv(struct buf *out, const char *text)
{
    escape_each(out, text, tsv_char);
}

static void gnuplot_char(struct buf *out, const char *at, char before)
{
    (void)before;
    if (!strchr("'\"\\`", *at))
        buf_add(out, at, 1);
}

void escape_gnuplot(struct buf *out, const char *text)
{
    escape_each(out, text, gnuplot_char);
}

void escape_csv(struct buf *out, const char *text)
{
    struct buf shown = {0};
    const char *at;
    bool quoted = strpbrk(text, ",\"\n\r") != NULL;
    buf_str(out, quoted ? "\"" : "");
    while (*text) {
        bool kept = *text == '\n' || *text == '\t' || (*text == '\r' && text[1] == '\n');
        size_t n = next(&text, &at, &shown);
        if (*at == '"')
            buf_str(out, "\"");
        if (n || kept)
            buf_add(out, at, n ? n : 1);
        else
            buf_str(out, buf_text(&shown));
    }
    buf_str(out, quoted ? "\"" : "");
    out->failed = out->failed || shown.failed;
    buf_free(&shown);
}

void escape_utf8(struct buf *out, const char *text)
{
    uint32_t code;
    while (*text) {
        size_t n = decode(text, &code);
        if (n)
            buf_add(out, text, n);
        else
            buf_str(out, "\xef\xbf\xbd");
        text += n ? n : 1;
    }
}
