#include "sim/image/elf.h"

#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"

enum { MAX_SEGMENTS = 64, MAX_SYMBOLS = 1 << 20 };

static bool check_header(const struct image *im, const char *path, struct err *e)
{
    const unsigned char *id = (const unsigned char *)im->file.data;
    if (im->file.len < EI_NIDENT || memcmp(id, ELFMAG, SELFMAG))
        return err_at(e, path, 0,
                      "neither ELF nor Intel HEX, expected a 32-bit little-endian Arm executable "
                      "(a raw binary needs --base)");
    if (id[EI_CLASS] != ELFCLASS32 && im->file.len >= 20 && id[EI_DATA] == ELFDATA2LSB &&
        id[18] == EM_AARCH64)
        return err_at(e, path, 0, "an AArch64 ELF, expected a 32-bit little-endian Arm executable");
    if (id[EI_CLASS] != ELFCLASS32)
        return err_at(e, path, 0,
                      "not a 32-bit ELF, expected a 32-bit little-endian Arm executable");
    if (id[EI_DATA] != ELFDATA2LSB)
        return err_at(e, path, 0,
                      "a big-endian ELF, expected a 32-bit little-endian Arm executable");
    if (im->file.len < sizeof(Elf32_Ehdr))
        return err_at(e, path, 0, "truncated: %zu bytes, expected an ELF header of %zu",
                      im->file.len, sizeof(Elf32_Ehdr));
    return true;
}

/* Linkers may put the headers of the file in front of the first section, into one segment with it.
 * They are no part of the program: it begins with the lowest section, as in what objcopy makes of
 * the file. Without section headers it is taken to begin with the first 128 bytes, the least that
 * vector tables are aligned to, that are not all zero. */
static void skip_headers(struct image *im, Elf *elf, const GElf_Phdr *ph, size_t nheaders,
                         struct segment *s)
{
    GElf_Ehdr eh;
    uint64_t first = UINT64_MAX, end = sizeof(Elf32_Ehdr);
    if (gelf_getehdr(elf, &eh) && eh.e_phoff + nheaders * sizeof(Elf32_Phdr) > end)
        end = eh.e_phoff + nheaders * sizeof(Elf32_Phdr);
    if (ph->p_offset >= end)
        return;
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn)) != NULL;) {
        GElf_Shdr sh;
        bool loaded = gelf_getshdr(scn, &sh) && (sh.sh_flags & SHF_ALLOC) &&
                      sh.sh_type != SHT_NOBITS && sh.sh_size;
        if (loaded && sh.sh_offset >= ph->p_offset && sh.sh_offset - ph->p_offset < ph->p_filesz &&
            sh.sh_offset < first)
            first = sh.sh_offset;
    }
    if (first == UINT64_MAX) {
        first = end;
        while (first < ph->p_offset + ph->p_filesz && !im->file.data[first])
            first++;
        uint64_t table = (ph->p_paddr + (first - ph->p_offset)) & ~UINT64_C(127);
        first = table >= ph->p_paddr + (end - ph->p_offset) ? ph->p_offset + (table - ph->p_paddr)
                                                            : first & ~UINT64_C(3);
    }
    uint32_t skip =
        (uint32_t)(first - ph->p_offset < ph->p_filesz ? first - ph->p_offset : ph->p_filesz);
    s->vaddr += skip;
    s->paddr += skip;
    s->filesz -= skip;
    s->memsz -= skip;
    s->bytes += skip;
}

static bool read_segments(struct image *im, Elf *elf, const char *path, struct err *e)
{
    size_t n;
    if (elf_getphdrnum(elf, &n) || n == 0)
        return err_at(e, path, 0, "no program headers, expected a linked executable");
    im->segment = calloc(MAX_SEGMENTS, sizeof *im->segment);
    if (!im->segment)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        GElf_Phdr ph;
        if (!gelf_getphdr(elf, (int)i, &ph))
            return err_at(e, path, 0, "truncated: program header %zu of %zu is not in the file", i,
                          n);
        if (ph.p_type != PT_LOAD || ph.p_memsz == 0)
            continue;
        if (ph.p_filesz > ph.p_memsz)
            return err_at(e, path, 0,
                          "program header %zu: 0x%llx bytes in the file, but only 0x%llx in memory",
                          i, (unsigned long long)ph.p_filesz, (unsigned long long)ph.p_memsz);
        if (ph.p_offset > im->file.len || ph.p_filesz > im->file.len - ph.p_offset)
            return err_at(
                e, path, 0,
                "truncated: program header %zu needs bytes 0x%llx to 0x%llx of a file of 0x%zx", i,
                (unsigned long long)ph.p_offset, (unsigned long long)(ph.p_offset + ph.p_filesz),
                im->file.len);
        if (ph.p_vaddr + ph.p_memsz > UINT32_MAX || ph.p_paddr + ph.p_filesz > UINT32_MAX)
            return err_at(e, path, 0, "program header %zu reaches beyond 4 GiB", i);
        if (im->nsegments == MAX_SEGMENTS)
            return err_at(e, path, 0, "more than %d loadable segments", MAX_SEGMENTS);
        im->segment[im->nsegments++] =
            (struct segment){.vaddr = (uint32_t)ph.p_vaddr,
                             .paddr = (uint32_t)ph.p_paddr,
                             .filesz = (uint32_t)ph.p_filesz,
                             .memsz = (uint32_t)ph.p_memsz,
                             .flags = ph.p_flags,
                             .bytes = (const uint8_t *)im->file.data + ph.p_offset};
        skip_headers(im, elf, &ph, n, &im->segment[im->nsegments - 1]);
        im->nsegments -= im->segment[im->nsegments - 1].memsz == 0;
    }
    if (im->nsegments == 0)
        return err_at(e, path, 0, "nothing to load: no PT_LOAD program header with content");
    return true;
}

static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->addr != y->addr)
        return x->addr < y->addr ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* A NUL-terminated string of the file, or "" where the table is damaged. */
static const char *string_at(const struct image *im, Elf *elf, size_t table, size_t offset)
{
    const char *s = elf_strptr(elf, table, offset);
    const char *end = im->file.data + im->file.len;
    if (!s || s < im->file.data || s >= end || !memchr(s, 0, (size_t)(end - s)))
        return "";
    return s;
}

static bool read_symbols(struct image *im, Elf *elf, Elf_Scn *scn, const GElf_Shdr *sh,
                         struct err *e)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t n = data && sh->sh_entsize == sizeof(Elf32_Sym) ? data->d_size / sizeof(Elf32_Sym) : 0;
    if (n > MAX_SYMBOLS)
        n = MAX_SYMBOLS;
    free(im->symbol);
    im->nsymbols = 0;
    im->symbol = calloc(n + 1, sizeof *im->symbol);
    if (!im->symbol)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        GElf_Sym s;
        if (!gelf_getsym(data, (int)i, &s))
            break;
        int type = GELF_ST_TYPE(s.st_info);
        const char *name = string_at(im, elf, sh->sh_link, s.st_name);
        /* $t and $d mark code and data; linker symbols have no type. */
        if (!*name || name[0] == '$' || s.st_shndx == SHN_UNDEF || type == STT_SECTION ||
            type == STT_FILE)
            continue;
        bool func = type == STT_FUNC;
        im->symbol[im->nsymbols++] =
            (struct symbol){.addr = (uint32_t)s.st_value & (func ? ~1u : ~0u),
                            .size = (uint32_t)s.st_size,
                            .func = func,
                            .name = name};
    }
    qsort(im->symbol, im->nsymbols, sizeof *im->symbol, by_address);
    return true;
}

static bool read_sections(struct image *im, Elf *elf, struct err *e)
{
    size_t names, n = 0;
    if (elf_getshdrstrndx(elf, &names) || elf_getshdrnum(elf, &n))
        return true; /* sections are a convenience; a stripped image has none */
    im->section = calloc(n + 1, sizeof *im->section);
    if (!im->section)
        return err_nomem(e);
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn)) != NULL;) {
        GElf_Shdr sh;
        if (!gelf_getshdr(scn, &sh))
            break;
        const char *name = string_at(im, elf, names, sh.sh_name);
        if (sh.sh_type == SHT_SYMTAB && !read_symbols(im, elf, scn, &sh, e))
            return false;
        if (!strcmp(name, ".etinysim") && sh.sh_type == SHT_PROGBITS &&
            sh.sh_offset <= im->file.len && sh.sh_size <= im->file.len - sh.sh_offset) {
            im->note = im->file.data + sh.sh_offset;
            im->note_len = sh.sh_size;
        }
        if (!strcmp(name, ".ARM.attributes") && sh.sh_offset <= im->file.len &&
            sh.sh_size <= im->file.len - sh.sh_offset)
            attributes_read(&im->attributes, (const uint8_t *)im->file.data + sh.sh_offset,
                            sh.sh_size);
        if (!strcmp(name, ".note.gnu.build-id") && sh.sh_size > 16 && sh.sh_size <= 48 &&
            sh.sh_offset <= im->file.len && sh.sh_size <= im->file.len - sh.sh_offset)
            for (size_t i = 16; i < sh.sh_size; i++)
                snprintf(im->build_id + 2 * (i - 16), 3, "%02x",
                         (unsigned char)im->file.data[sh.sh_offset + i]);
        if ((sh.sh_flags & SHF_ALLOC) && sh.sh_addr + sh.sh_size <= UINT32_MAX && im->nsections < n)
            im->section[im->nsections++] = (struct section){.addr = (uint32_t)sh.sh_addr,
                                                            .size = (uint32_t)sh.sh_size,
                                                            .flags = (uint32_t)sh.sh_flags,
                                                            .nobits = sh.sh_type == SHT_NOBITS,
                                                            .name = name};
    }
    return true;
}

static bool parse(struct image *im, const char *path, struct err *e)
{
    if (!check_header(im, path, e))
        return false;
    if (elf_version(EV_CURRENT) == EV_NONE)
        return err_set(e, ERR_ENV, "libelf is older than its header");
    Elf *elf = elf_memory(im->file.data, im->file.len);
    GElf_Ehdr eh;
    bool ok = elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &eh);
    if (!ok)
        err_at(e, path, 0, "a damaged ELF header");
    else if (eh.e_machine != EM_ARM)
        ok = err_at(e, path, 0, "made for ELF machine %u, expected Arm (40)", eh.e_machine);
    else if (eh.e_type != ET_EXEC)
        ok = err_at(e, path, 0, "ELF type %u, expected a linked executable (2)", eh.e_type);
    if (ok) {
        im->entry = (uint32_t)eh.e_entry;
        ok = read_segments(im, elf, path, e) && read_sections(im, elf, e);
    }
    elf_end(elf);
    return ok;
}

struct image *image_elf(const char *path, struct buf *file, struct err *e)
{
    struct image *im = calloc(1, sizeof *im);
    if (!im) {
        buf_free(file);
        err_nomem(e);
        return NULL;
    }
    im->file = *file;
    *file = (struct buf){0};
    if (!parse(im, path, e)) {
        image_elf_free(im);
        return NULL;
    }
    return im;
}

void image_elf_free(struct image *im)
{
    if (!im)
        return;
    free(im->segment);
    free(im->symbol);
    free(im->section);
    buf_free(&im->file);
    free(im);
}

const struct symbol *image_elf_function(const struct image *im, uint32_t addr)
{
    size_t lo = 0, hi = im->nsymbols;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (im->symbol[mid].addr <= addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    while (lo-- > 0) {
        const struct symbol *s = &im->symbol[lo];
        if (s->func)
            return s->size == 0 || addr - s->addr < s->size ? s : NULL;
    }
    return NULL;
}

const struct symbol *image_elf_symbol(const struct image *im, const char *name)
{
    for (size_t i = 0; i < im->nsymbols; i++)
        if (!strcmp(im->symbol[i].name, name))
            return &im->symbol[i];
    return NULL;
}
