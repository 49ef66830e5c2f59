/* The page as HTML: its Markdown through cmark-gfm, with the figures drawn inside. */
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/paper/paper.h"

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:72em;margin:2em auto;padding:0 "
    "1em}"
    "h1{font-size:1.6em}h2{font-size:1.25em;margin-top:2.2em;border-bottom:1px solid "
    "#ccc}h3{font-size:1.05em}"
    "table{border-collapse:collapse;margin:1em 0;font-size:.92em;display:block;overflow-x:auto}"
    "th,td{border:1px solid #ccc;padding:.25em "
    ".6em;text-align:left;vertical-align:top}th{background:#f3f3f3}"
    "td{font-variant-numeric:tabular-nums;min-width:4.5em}td:first-child,th:first-child{min-width:"
    "8em;"
    "max-width:17em;overflow-wrap:anywhere}"
    "nav{columns:18em;font-size:.92em}nav a{display:block;color:#0b66c3;text-decoration:none}"
    "nav a.sub{padding-left:1.2em}"
    "@media(max-width:600px){body{font-size:14px;margin:1em auto;padding:0 "
    ".7em}table{font-size:.82em}h1{font-size:1.3em}}"
    "svg{max-width:100%;height:auto}ul{color:#444;font-size:.92em}";

/* The drawing of FOLDER/FILE instead of a link to it, so that the page stands alone. */
static bool draw(cmark_node *image, const char *folder, struct err *e)
{
    char path[4096];
    struct buf svg = {0}, html = {0};
    snprintf(path, sizeof path, "%s/%s", folder, cmark_node_get_url(image));
    if (!buf_read_file(&svg, path, 16 << 20, e))
        return false;
    const char *start = strstr(buf_text(&svg), "<svg"); /* without the XML declaration */
    const char *box = strstr(buf_text(&svg), "viewBox=\"0 0 ");
    double width = box ? strtod(box + 13, NULL) : 600;
    /* Drawn to be printed in 8 point type; a screen shows it half as large again. */
    buf_printf(&html, "<svg style=\"max-width:%.0fpx\"%s", 1.5 * width, start ? start + 4 : "/>");
    cmark_node *drawing = cmark_node_new(CMARK_NODE_CUSTOM_INLINE);
    bool ok = drawing && !html.failed && cmark_node_set_on_enter(drawing, buf_text(&html)) &&
              cmark_node_replace(image, drawing);
    if (ok)
        cmark_node_free(image);
    else
        cmark_node_free(drawing);
    buf_free(&svg);
    buf_free(&html);
    return ok || err_nomem(e);
}

static bool complete(cmark_node *root, const char *folder, struct err *e)
{
    cmark_iter *it = cmark_iter_new(root);
    bool ok = it != NULL || err_nomem(e);
    cmark_event_type event;
    while (ok && (event = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
        cmark_node *n = cmark_iter_get_node(it);
        /* HTML is the page's own <br> in a cell and nothing else; an image may go once the walk has
         * left it. */
        if (event == CMARK_EVENT_EXIT && cmark_node_get_type(n) == CMARK_NODE_IMAGE)
            ok = draw(n, folder, e);
        else if (cmark_node_get_type(n) == CMARK_NODE_HTML_INLINE &&
                 strcmp(cmark_node_get_literal(n), "<br>"))
            ok = cmark_node_set_literal(n, "") || err_nomem(e);
        else if (cmark_node_get_type(n) == CMARK_NODE_HTML_BLOCK)
            ok = cmark_node_set_literal(n, "") || err_nomem(e);
    }
    cmark_iter_free(it);
    return ok;
}

/* The page with an anchor at each heading of level 2 and 3, and a list of them behind the title. */
static void add_contents(struct buf *out, const char *html)
{
    struct buf list = {0}, body = {0};
    int n = 0;
    for (const char *p = html, *at; *p; p = at) {
        for (at = p; *at && strncmp(at, "<h2>", 4) && strncmp(at, "<h3>", 4);)
            at++;
        buf_add(&body, p, (size_t)(at - p));
        const char *end = *at ? strstr(at, "</h") : NULL;
        if (!end)
            continue;
        n++;
        buf_printf(&body, "<h%c id=\"s%d\">", at[2], n);
        buf_printf(&list, "<a %shref=\"#s%d\">%.*s</a>", at[2] == '3' ? "class=\"sub\" " : "", n,
                   (int)(end - at - 4), at + 4);
        at += 4;
    }
    const char *title = strstr(buf_text(&body), "</h1>");
    size_t head = title ? (size_t)(title - buf_text(&body)) + strlen("</h1>") : 0;
    buf_add(out, buf_text(&body), head);
    buf_printf(out, "\n<nav>%s</nav>\n", buf_text(&list));
    buf_str(out, buf_text(&body) + head);
    out->failed = out->failed || list.failed || body.failed;
    buf_free(&list);
    buf_free(&body);
}

bool page_html(const struct page *p, const char *title, struct buf *out, struct err *e)
{
    cmark_gfm_core_extensions_ensure_registered();
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8);
    cmark_syntax_extension *table = cmark_find_syntax_extension("table");
    if (!parser || !table || !cmark_parser_attach_syntax_extension(parser, table)) {
        cmark_parser_free(parser);
        return err_set(e, ERR_ENV, "cmark-gfm: no tables");
    }
    cmark_parser_feed(parser, buf_text(&p->md), p->md.len);
    cmark_node *root = cmark_parser_finish(parser);
    bool ok = root ? complete(root, p->folder, e) : err_nomem(e);
    char *html =
        ok ? cmark_render_html(root, CMARK_OPT_UNSAFE, cmark_parser_get_syntax_extensions(parser))
           : NULL;
    if (html) {
        buf_printf(out,
                   "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                   "name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                   "<title>%s</title><style>%s</style></head>\n<body>\n",
                   title, style);
        add_contents(out, html);
        buf_str(out, "</body></html>\n");
    }
    free(html);
    cmark_node_free(root);
    cmark_parser_free(parser);
    return ok && ((html && !out->failed) || err_nomem(e));
}
