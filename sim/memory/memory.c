/* The memory system's share of time: flash accelerator, caches, wait states and the AXI bus.
 * docs/model.md lists what is modelled and what is assumed. Contents stay in Unicorn's memory and
 * are always coherent: only time is simulated. */
#include "sim/memory/memory.h"

#include <stdlib.h>

enum { PRESENT = 1, DIRTY = 2 };

static uint32_t log2_of(uint32_t v)
{
    uint32_t n = 0;
    while (v >> (n + 1))
        n++;
    return n;
}

static bool cache_init(struct linecache *c, uint32_t sets, uint32_t ways, uint32_t sectors,
                       bool lru, struct err *e)
{
    *c = (struct linecache){
        .sets = sets, .ways = ways, .sectors = sectors, .lru = lru, .epoch = 1, .victim = 0xace1};
    if (sets * ways == 0)
        return true;
    c->slot = calloc((size_t)sets * ways, sizeof *c->slot);
    c->stamp = calloc((size_t)sets * ways, sizeof *c->stamp);
    return (c->slot && c->stamp) || err_nomem(e);
}

static void cache_empty(struct linecache *c)
{
    for (uint32_t i = 0; i < c->sets * c->ways; i++)
        if (c->slot[i]) {
            for (uint32_t s = 0; s < c->sectors; s++)
                c->slot[i][s] = 0;
            c->slot[i] = NULL;
        }
    c->epoch++;
}

/* Makes room for a line in its set; true when the line that went was dirty. */
static bool cache_fill(struct linecache *c, uint32_t set, uint8_t *state)
{
    uint32_t first = set * c->ways, pick = first;
    bool dirty = false;
    c->misses++;
    c->epoch++;
    for (uint32_t w = 0; w < c->ways; w++)
        if (!c->slot[first + w]) {
            pick = first + w;
            goto place;
        }
    if (c->lru) {
        for (uint32_t w = 1; w < c->ways; w++)
            if (c->stamp[first + w] < c->stamp[pick])
                pick = first + w;
    } else { /* pseudo-random: a 16-bit maximal shift register, one step a replacement */
        c->victim = c->victim >> 1 ^ (c->victim & 1 ? 0xb400u : 0);
        pick = first + c->victim % c->ways;
    }
    dirty = (*c->slot[pick] & DIRTY) && !c->lru;
    for (uint32_t s = 0; s < c->sectors; s++)
        c->slot[pick][s] = 0;
place:
    c->slot[pick] = state;
    c->stamp[pick] = ++c->now;
    return dirty;
}

/* Accelerator memories: fully associative, LRU; a state byte holds slot + 1, `sectors` bytes share
 * an entry. */
static bool art_hit(struct linecache *c, const uint8_t *state)
{
    if (!*state)
        return false;
    c->stamp[*state - 1] = ++c->now;
    return true;
}

static void art_fill(struct linecache *c, uint8_t *lines, uint32_t index)
{
    uint8_t *first = lines + index / c->sectors * c->sectors;
    for (uint32_t s = 0; s < c->sectors; s++)
        if (first[s]) { /* the entry is there, this word of it is not */
            lines[index] = first[s];
            c->stamp[first[s] - 1] = ++c->now;
            c->misses++;
            return;
        }
    cache_fill(c, 0, first);
    for (uint32_t i = 0; i < c->ways; i++)
        if (c->slot[i] == first)
            lines[index] = (uint8_t)(i + 1);
}

bool memory_open(struct memory *m, const struct board *b, const struct memory_core *core,
                 bool timed, struct err *e)
{
    m->board = b;
    m->core = *core;
    m->axi = core->axi;
    m->timed = timed;
    m->bus_ratio = 1;
    const struct board_cache *c = &b->cache;
    const struct board_flash *f = &b->flash;
    if (c->line_bytes &&
        (!cache_init(&m->icache, c->ibytes / c->line_bytes / c->iways, c->iways, 1, false, e) ||
         !cache_init(&m->dcache, c->dbytes / c->line_bytes / c->dways, c->dways, 1, false, e)))
        return false;
    uint32_t sectors = f->cache_line_bytes / f->line_bytes;
    if (!cache_init(&m->art_i, f->art && f->icache_lines ? 1 : 0, f->icache_lines, sectors, true,
                    e) ||
        !cache_init(&m->art_d, f->art && f->dcache_lines ? 1 : 0, f->dcache_lines, sectors, true,
                    e))
        return false;
    for (int i = 0; i < b->nregions; i++) {
        const struct region *r = &b->region[i];
        m->art_region[i] = f->art && (i == f->region || (r->alias_of == f->region && !m->axi));
        uint32_t line = m->art_region[i] ? f->line_bytes : 32;
        m->line_shift[i] = (uint8_t)log2_of(line);
        bool shared = r->alias_of >= 0 && !m->axi;
        if (r->kind == REGION_ITCM || r->kind == REGION_DTCM || (!m->axi && !m->art_region[i]))
            continue;
        if (shared) {
            m->iline[i] = m->iline[r->alias_of];
            m->dline[i] = m->dline[r->alias_of];
            continue;
        }
        m->iline[i] = calloc(r->size / line + sectors, 1);
        m->dline[i] = calloc(r->size / line + sectors, 1);
        if (!m->iline[i] || !m->dline[i])
            return err_nomem(e);
    }
    m->fetch_line = UINT32_MAX;
    return true;
}

void memory_reset(struct memory *m)
{
    struct linecache *c[] = {&m->icache, &m->dcache, &m->art_i, &m->art_d};
    for (int i = 0; i < 4; i++)
        cache_empty(c[i]);
    m->fetch_line = UINT32_MAX;
    m->ahead = 0;
}

void memory_close(struct memory *m)
{
    struct linecache *c[] = {&m->icache, &m->dcache, &m->art_i, &m->art_d};
    for (int i = 0; i < 4; i++) {
        free(c[i]->slot);
        free(c[i]->stamp);
    }
    for (int i = 0; i < MAX_REGIONS; i++) {
        bool shared = false;
        for (int k = 0; k < i; k++)
            shared |= m->iline[k] == m->iline[i];
        if (!shared) {
            free(m->iline[i]);
            free(m->dline[i]);
        }
    }
}

void memory_configure(struct memory *m, const struct memory_setup *u)
{
    m->ws = u->wait_states;
    m->bus_ratio = u->bus_ratio;
    m->prefetch = u->prefetch;
    m->art_i.on = u->art_icache;
    m->art_d.on = u->art_dcache;
    m->icache.on = u->icache;
    m->dcache.on = u->dcache;
    memory_refresh(m);
}

void memory_refresh(struct memory *m)
{
    const struct board *b = m->board;
    m->config++;
    m->icache.epoch++;
    m->art_i.epoch++;
    for (int i = 0; i < m->nparts; i++) {
        struct memory_part *p = &m->part[i];
        const struct region *r = &b->region[p->region];
        bool cacheable = r->cached != CACHED_NO || m->policy;
        bool waits = m->ws || b->flash.conflict_1024;
        p->lines = NULL;
        p->lines_base = r->base;
        p->shift = m->line_shift[p->region];
        if (m->axi ? m->dcache.on && cacheable && !m->art_region[p->region]
                   : m->art_region[p->region] && m->art_d.on && waits)
            p->lines = m->dline[p->region];
    }
}

/* Core cycles until the first 8 bytes arrive over the bus, and for those that follow in a burst. */
static uint32_t first_beat(const struct memory *m, const struct region *r)
{
    uint32_t n = r->setup + (r->kind == REGION_FLASH ? m->ws : 0) + 1;
    return r->domain == DOMAIN_AXI ? n * m->bus_ratio : n;
}

static uint32_t further_beats(const struct memory *m, const struct region *r, uint32_t bytes)
{
    uint32_t n = r->beat * (bytes / 8 - 1);
    return r->domain == DOMAIN_AXI ? n * m->bus_ratio : n;
}

uint32_t memory_granule(const struct memory *m, int region)
{
    const struct region *r = &m->board->region[region];
    if (!m->timed || r->kind == REGION_ITCM || r->kind == REGION_DTCM)
        return 0;
    if (m->art_region[region])
        return m->ws ? m->board->flash.line_bytes : 0;
    if (m->axi)
        return m->icache.on ? m->board->cache.line_bytes : 8;
    return r->kind == REGION_EXTERNAL ? 4 : 0;
}

void memory_waits(const struct memory *m, struct memory_waits *out)
{
    uint32_t wait = 0, shared = 0;
    for (int i = 0; i < m->board->nregions && m->timed; i++) {
        const struct region *g = &m->board->region[i];
        uint32_t fill =
            first_beat(m, g) + (m->axi ? further_beats(m, g, m->board->cache.line_bytes) : 0);
        wait = fill > wait ? fill : wait;
        uint32_t more =
            g->contention + (g->grant_load > g->grant_stores ? g->grant_load : g->grant_stores);
        shared = more > shared ? more : shared;
    }
    /* With caches a fill waits for those before it, and one that takes the place of a dirty line
     * for that too; an access may straddle two lines. */
    out->fill = wait;
    out->line = m->axi ? 2 * wait : wait;
    out->access = (m->axi ? 4 * wait : wait) + shared + 4;
    if (m->core.unaligned_store > 0)
        out->access += (uint32_t)(m->core.unaligned_store + m->core.store_odd);
}

/* A line fill over AXI that begins when the bus is free; returns the cycles until its first
 * beat. */
static uint32_t line_fill(struct memory *m, const struct region *r, uint64_t now)
{
    uint64_t start = now > m->axi_free ? now : m->axi_free;
    uint32_t first = first_beat(m, r);
    m->axi_free = start + first + further_beats(m, r, m->board->cache.line_bytes);
    return (uint32_t)(start - now) + first;
}

/* Cycles by which fetching may be ahead of the core: words that the core's prefetch buffer
 * (Cortex-M4) or fetch queue (Cortex-M7) holds, one a cycle. */
enum { PREFETCH_BUFFER = 3, FETCH_QUEUE_M7 = 4 };

static uint32_t art_fetch(struct memory *m, int region, uint32_t line, bool next, uint64_t spent)
{
    uint8_t *lines = m->iline[region];
    uint32_t index = (line - m->board->region[region].base) >> m->line_shift[region], wait = m->ws;
    if (m->art_i.on && art_hit(&m->art_i, lines + index))
        return 0;
    uint64_t had = spent + m->ahead, need = m->ws + 1;
    m->ahead = 0;
    if (m->prefetch && next) {
        wait = had >= need ? 0 : (uint32_t)(need - had);
        uint32_t most = m->axi ? FETCH_QUEUE_M7 : PREFETCH_BUFFER;
        m->ahead = had > need ? (uint32_t)(had - need < most ? had - need : most) : 0;
    }
    if (wait > m->ws)
        wait = m->ws;
    if (wait && m->art_i.on)
        art_fill(&m->art_i, lines, index);
    return wait;
}

bool memory_resident(const struct memory *m, int region, const uint32_t *line, int n)
{
    for (int i = 0; i < n; i++)
        if (!m->iline[region][(line[i] - m->board->region[region].base) >> 5])
            return false;
    return true;
}

uint32_t memory_line(struct memory *m, int region, uint32_t line, uint64_t now)
{
    const struct region *r = &m->board->region[region];
    uint32_t wait = 0, before = m->fetch_line;
    if (line == before)
        return 0;
    if (m->art_region[region]) {
        wait = art_fetch(m, region, line, line == before + m->board->flash.line_bytes,
                         now - m->fetch_since);
    } else if (m->icache.on) {
        uint8_t *state = m->iline[region] + ((line - r->base) >> 5);
        if (!*state) {
            cache_fill(&m->icache, line >> 5 & (m->icache.sets - 1), state);
            *state = PRESENT;
            wait = line_fill(m, r, now);
        }
    } else { /* straight from the bus; a flash word of 32 bytes waits once */
        uint32_t cost = first_beat(m, r), granule = memory_granule(m, region);
        bool next = line == before + granule;
        if (r->kind == REGION_FLASH && next && line % 32)
            cost -= m->ws * (r->domain == DOMAIN_AXI ? m->bus_ratio : 1);
        uint64_t spent = now - m->fetch_since;
        wait = next ? spent < cost ? (uint32_t)(cost - spent) : 0 : cost;
    }
    m->fetch_line = line;
    m->fetch_since = now + wait;
    return wait;
}

uint32_t memory_data(struct memory *m, int part, uint32_t addr, bool store, uint64_t now)
{
    const struct memory_part *p = &m->part[part];
    const struct region *r = &m->board->region[p->region];
    uint32_t index = (addr - p->lines_base) >> p->shift;
    uint8_t *state = p->lines + index;
    if (m->art_region[p->region]) {
        if (art_hit(&m->art_d, state))
            return 0;
        art_fill(&m->art_d, p->lines, index);
        m->conflict += m->board->flash.conflict_1024;
        uint32_t extra = m->conflict >> 10;
        m->conflict &= 1023;
        return m->ws + extra;
    }
    enum cache_policy cached = m->policy ? m->policy(m->policy_self, addr, r->cached) : r->cached;
    if (cached == CACHED_NO)
        return store ? 0 : first_beat(m, r) - 1;
    if (*state) {
        if (store && cached != CACHED_WT)
            *state |= DIRTY;
        return 0;
    }
    if (store && cached != CACHED_WBWA)
        return 0; /* written through the store buffer, no line is taken */
    bool dirty = cache_fill(&m->dcache, addr >> 5 & (m->dcache.sets - 1), state);
    *state = PRESENT;
    uint32_t wait = line_fill(m, r, now);
    if (dirty) {
        m->dcache.writebacks++;
        m->axi_free += first_beat(m, r) + further_beats(m, r, m->board->cache.line_bytes);
    }
    if (!store)
        return wait;
    *state |= DIRTY; /* the fill happens behind the store buffer; the bus stays busy */
    return 0;
}

uint8_t memory_align(const struct memory *m, uint32_t width, int transfers, bool store)
{
    return m->core.store_odd > 0 && store && transfers > 1 ? 7 : (uint8_t)(width - 1);
}

uint32_t memory_odd(const struct memory *m, uint32_t addr, int words)
{
    bool odd = m->core.store_odd > 0 && m->timed && words > 1 && words % 2 == 0 && addr & 4;
    return odd ? (uint32_t)m->core.store_odd : 0;
}

bool memory_lingers(const struct memory *m, uint32_t addr, uint32_t width, bool store)
{
    return store && m->timed && m->core.unaligned_store > 0 && addr & (width - 1);
}

uint32_t memory_linger(struct memory *m, uint64_t now)
{
    uint64_t each = (uint64_t)m->core.unaligned_store, start = now;
    uint64_t held = each * (uint64_t)m->core.store_buffer;
    if (m->store_free > now + held - each)
        start = m->store_free - held + each;
    m->store_free = (m->store_free > start ? m->store_free : start) + each;
    return (uint32_t)(start - now);
}

uint32_t memory_fixed(const struct memory *m, int part, uint32_t addr, uint32_t width, bool store)
{
    uint32_t n = 0;
    if (store || !m->timed)
        return 0; /* the store buffer hides both */
    if (m->core.unaligned_load >= 0)
        n = addr & (width - 1) ? (uint32_t)m->core.unaligned_load : 0;
    else if (width == 4)
        n = addr & 1 ? 2 : addr & 2 ? 1 : 0; /* split in bytes and halfwords */
    else if (width == 2)
        n = addr & 1;
    if (part >= MAX_PARTS)
        return n;
    const struct memory_part *p = &m->part[part];
    const struct region *r = &m->board->region[p->region];
    if (p->lines || r->kind == REGION_ITCM || r->kind == REGION_DTCM || r->kind == REGION_CCM)
        return n;
    if (m->art_region[p->region])
        return n + m->ws;
    if (m->axi || r->kind == REGION_EXTERNAL)
        return n + first_beat(m, r) - 1;
    return n;
}

uint32_t memory_grant(const struct memory *m, int part, bool store, int transfers)
{
    if (part >= MAX_PARTS || !m->timed)
        return 0;
    const struct region *r = &m->board->region[m->part[part].region];
    /* The write buffer hides what a single store waits. */
    return !store ? r->grant_load : transfers > 1 ? r->grant_stores : 0;
}

uint32_t memory_shared(const struct memory *m, int code, int part)
{
    if (code < 0 || !m->timed || part == PART_HOLE || part == PART_PRIVATE)
        return 0;
    if (part < MAX_PARTS && m->board->region[m->part[part].region].base < 0x20000000)
        return 0; /* below, data come over the core's DCode bus */
    return m->board->region[code].contention;
}

void memory_maintain(struct memory *m, uint32_t reg, uint32_t value, uint64_t now)
{
    const struct board *b = m->board;
    if (!m->axi)
        return;
    if (reg == 0xe000ef50) { /* ICIALLU */
        cache_empty(&m->icache);
        return;
    }
    bool by_way = reg == 0xe000ef60 || reg == 0xe000ef6c || reg == 0xe000ef74;
    bool instruction = reg == 0xe000ef58;
    bool forget = reg == 0xe000ef5c || reg == 0xe000ef60 || reg == 0xe000ef70 ||
                  reg == 0xe000ef74 || instruction;
    struct linecache *c = instruction ? &m->icache : &m->dcache;
    uint8_t *state = NULL;
    if (by_way) {
        uint32_t way = c->ways > 1 ? value >> (32 - log2_of(c->ways)) : 0,
                 set = value >> 5 & (c->sets - 1);
        state = c->slot[set * c->ways + way];
    } else {
        int r = board_region(b, value, 1);
        uint8_t **lines = instruction ? m->iline : m->dline;
        if (r >= 0 && lines[r] && !m->art_region[r])
            state = lines[r] + ((value - b->region[r].base) >> 5);
        if (state && !*state)
            state = NULL;
    }
    if (!state)
        return;
    if (*state & DIRTY && reg != 0xe000ef5c && reg != 0xe000ef60) {
        c->writebacks++;
        m->axi_free = (now > m->axi_free ? now : m->axi_free) + 4 * m->bus_ratio;
    }
    *state &= (uint8_t)~DIRTY;
    if (forget) {
        *state = 0;
        for (uint32_t i = 0; i < c->sets * c->ways; i++)
            if (c->slot[i] == state)
                c->slot[i] = NULL;
        c->epoch++;
    }
}

void memory_art_reset(struct memory *m, bool instructions, bool data)
{
    if (instructions)
        cache_empty(&m->art_i);
    if (data)
        cache_empty(&m->art_d);
}
