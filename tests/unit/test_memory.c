/* sim/memory/memory.h in literal cycles, on two small boards that are described here: one with a
 * flash accelerator and no caches, one with caches on an AXI bus. Each expectation is worked out
 * beside it from the rules of docs/model.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/memory/memory.h"

enum {
    FLASH,
    SRAM,
    CCM,
    EXTERNAL
}; /* regions and, one each, parts of the board with an accelerator */
enum { AXI, ROM, DTCM, ITCM, SDRAM }; /* of the board with caches */

static struct board board;
static struct memory m;

static void add(enum region_kind kind, uint32_t base, uint32_t setup, uint32_t beat)
{
    board.region[board.nregions++] = (struct region){
        .base = base, .size = 0x10000, .kind = kind, .setup = setup, .beat = beat, .alias_of = -1};
}

static void open_memory(int unaligned, bool timed, const struct memory_setup *u)
{
    struct err e = {0};
    memset(&m, 0, sizeof m);
    /* with caches comes AXI, and with it the rules of its stores */
    bool axi = board.cache.line_bytes != 0;
    const struct memory_core core = {.axi = axi,
                                     .unaligned_load = unaligned,
                                     .unaligned_store = axi ? 4 : -1,
                                     .store_buffer = 5,
                                     .store_odd = axi ? 1 : -1};
    assert_true(memory_open(&m, &board, &core, timed, &e));
    for (int i = 0; i < board.nregions; i++)
        m.part[m.nparts++] = (struct memory_part){.base = board.region[i].base,
                                                  .end = board.region[i].base + 0x10000,
                                                  .region = (uint8_t)i};
    memory_configure(&m, u);
}

/* Flash lines of 16 bytes; memories of 4 instruction and 2 data lines. */
static void accelerator_board(uint32_t line, uint32_t entry)
{
    memset(&board, 0, sizeof board);
    add(REGION_FLASH, 0x08000000, 0, 0);
    add(REGION_SRAM, 0x20000000, 0, 0);
    add(REGION_CCM, 0x10000000, 0, 0);
    add(REGION_EXTERNAL, 0x60000000, 7, 0);
    board.flash = (struct board_flash){.art = true,
                                       .region = FLASH,
                                       .line_bytes = line,
                                       .cache_line_bytes = entry,
                                       .icache_lines = 4,
                                       .dcache_lines = 2};
}

/* Lines of 32 bytes; 2 sets of 2 ways for instructions, 2 sets of 4 ways for data. */
static void cache_board(void)
{
    memset(&board, 0, sizeof board);
    add(REGION_SRAM, 0x24000000, 3, 1);
    add(REGION_FLASH, 0x08000000, 2, 1);
    add(REGION_DTCM, 0x20000000, 0, 0);
    add(REGION_ITCM, 0x00000000, 0, 0);
    add(REGION_EXTERNAL, 0xc0000000, 9, 2);
    board.region[AXI].domain = board.region[ROM].domain = DOMAIN_AXI;
    board.region[AXI].cached = CACHED_WBWA;
    board.region[ROM].cached = CACHED_WT;
    board.flash = (struct board_flash){.region = ROM, .line_bytes = 32, .cache_line_bytes = 32};
    board.cache = (struct board_cache){
        .line_bytes = 32, .ibytes = 128, .iways = 2, .dbytes = 256, .dways = 4};
}

static const struct memory_setup flash_5ws = {
    .wait_states = 5, .bus_ratio = 1, .art_icache = true, .art_dcache = true};
static const struct memory_setup bus_half = {
    .wait_states = 2, .bus_ratio = 2, .icache = true, .dcache = true};

static uint32_t load(int part, uint32_t offset, uint64_t now)
{
    return memory_data(&m, part, m.part[part].base + offset, false, now);
}

static uint32_t store(int part, uint32_t offset, uint64_t now)
{
    return memory_data(&m, part, m.part[part].base + offset, true, now);
}

static uint32_t fetch(int region, uint32_t offset, uint64_t now)
{
    return memory_line(&m, region, board.region[region].base + offset, now);
}

/* The AXI SRAM answers after 3 + 1 bus clocks and a line has 32 / 8 - 1 = 3 further beats of 1 bus
 * clock; at 2 core cycles a bus clock these are 8 and 6 cycles. A load goes on with the first beat;
 * the bus is busy for all 14. */
static void a_line_fill_waits_for_the_first_beat_and_occupies_the_bus(void **state)
{
    (void)state;
    cache_board();
    open_memory(3, true, &bus_half);
    assert_int_equal(load(AXI, 0, 100), 8);
    assert_int_equal(load(AXI, 28, 100), 0);  /* the same line */
    assert_int_equal(load(AXI, 32, 103), 19); /* bus free at 114: 11, then 8; busy until 128 */
    assert_int_equal(load(AXI, 64, 127), 9);  /* one cycle short */
    assert_int_equal(load(AXI, 96, 142), 8);  /* 128 + 14 = 142: just free */
    assert_int_equal((int)m.dcache.misses, 4);
    memory_close(&m);

    /* At a ratio of 1: 4 and 3 cycles. */
    open_memory(3, true, &(struct memory_setup){.bus_ratio = 1, .dcache = true});
    assert_int_equal(load(AXI, 0, 100), 4);
    assert_int_equal(load(AXI, 32, 100), 11); /* 7 + 4 */
    memory_close(&m);

    /* The flash waits 2 states more, by bus clocks: (2 + 2 + 1) * 2 = 10, and 6 for the rest. */
    open_memory(3, true, &bus_half);
    assert_int_equal(load(ROM, 0, 100), 10);
    assert_int_equal(load(ROM, 32, 100), 26);
    memory_close(&m);

    /* An external memory counts core cycles whatever the bus does: 9 + 1, then 2 * 3. */
    board.region[SDRAM].cached = CACHED_WBWA;
    open_memory(3, true, &bus_half);
    assert_int_equal(load(SDRAM, 0, 100), 10);
    assert_int_equal(load(SDRAM, 32, 100), 26);
    memory_close(&m);
}

/* A dirty line that has to go is written back behind the fill that takes its place: 8 + 6 cycles of
 * the bus again. The place is that of a 16-bit shift register, ace1 -> e270 -> 7138 -> 389c ->
 * 1c4e, modulo the 4 ways: 0, 0, 0, 2. */
static void a_dirty_line_costs_the_bus_a_write_back(void **state)
{
    (void)state;
    cache_board();
    open_memory(3, true, &bus_half);
    assert_int_equal(store(AXI, 0, 1000), 0);  /* a line is taken behind the store buffer ... */
    assert_int_equal(load(AXI, 32, 1000), 22); /* ... and occupies the bus: 14 + 8 */
    for (uint32_t k = 1; k < 4; k++)
        assert_int_equal(load(AXI, 64 * k, 1000 + 100 * k), 8); /* lines of one set: every second */
    assert_int_equal((int)m.dcache.writebacks, 0);
    assert_int_equal(load(AXI, 64 * 4, 2000), 8); /* in place of line 0 */
    assert_int_equal((int)m.dcache.writebacks, 1);
    assert_int_equal(load(AXI, 96, 2000), 36); /* 14 of the fill, 14 of the write-back, 8 */

    assert_int_equal(load(AXI, 64 * 5, 3000), 8); /* in place of line 4, which was only read */
    assert_int_equal((int)m.dcache.writebacks, 1);
    assert_int_equal(load(AXI, 160, 3000), 22);   /* 14 + 8 */
    assert_int_equal(load(AXI, 64 * 6, 4000), 8); /* in place of line 5 */
    assert_int_equal(load(AXI, 64 * 7, 5000), 8); /* in place of line 2 */
    for (uint32_t k = 0; k < 8; k++)
        assert_int_equal(m.dline[AXI][2 * k] != 0, k == 1 || k == 3 || k == 6 || k == 7);
    memory_close(&m);
}

static void stores_by_policy(void **state)
{
    (void)state;
    cache_board();
    open_memory(3, true, &bus_half);
    assert_int_equal(store(ROM, 0, 0), 0); /* written through: no line is taken */
    assert_int_equal(m.dline[ROM][0], 0);
    assert_int_equal(load(ROM, 0, 0), 10);
    assert_int_equal(store(ROM, 0, 0), 0); /* and none becomes dirty: 1 is present, 2 dirty */
    assert_int_equal(m.dline[ROM][0], 1);
    load(AXI, 0, 100);
    store(AXI, 0, 200);
    assert_int_equal(m.dline[AXI][0], 3);
    assert_int_equal((int)m.dcache.misses, 2);
    memory_close(&m);
}

static enum cache_policy answer;
static enum cache_policy ask(void *self, uint32_t addr, enum cache_policy by_region)
{
    (void)self;
    (void)addr;
    (void)by_region;
    return answer;
}

static void an_mpu_may_decide_the_policy(void **state)
{
    (void)state;
    cache_board();
    open_memory(3, true, &bus_half);
    m.policy = ask;
    memory_refresh(&m);
    assert_non_null(m.part[SDRAM].lines); /* by its region it would not be cached */
    answer = CACHED_NO;
    /* straight from the bus: 9 + 1, of which a load has one anyway */
    assert_int_equal(load(SDRAM, 0, 0), 9);
    assert_int_equal(load(SDRAM, 0, 0), 9);
    assert_int_equal(store(SDRAM, 0, 0), 0);
    answer = CACHED_WB; /* no line for a store that misses, a dirty one for a store that hits */
    assert_int_equal(store(SDRAM, 0, 0), 0);
    assert_int_equal(m.dline[SDRAM][0], 0);
    assert_int_equal(load(SDRAM, 0, 0), 10);
    store(SDRAM, 0, 0);
    assert_int_equal(m.dline[SDRAM][0], 3);
    memory_close(&m);
}

/* Cleaning a dirty line writes it to the bus: 32 bytes of 8 a bus clock, 4 bus clocks, 8 cycles. */
static void cache_maintenance(void **state)
{
    enum {
        ICIALLU = 0xef50,
        ICIMVAU = 0xef58,
        DCIMVAC = 0xef5c,
        DCISW = 0xef60,
        DCCMVAC = 0xef68,
        DCCSW = 0xef6c,
        DCCIMVAC = 0xef70,
        DCCISW = 0xef74
    };
    static const struct {
        uint32_t reg;
        /* state of the line afterwards, and of a load of another line at once */
        int written, left, wait;
    } by_address[] = {
        {DCIMVAC, 0, 0, 8}, {DCCMVAC, 1, 1, 16}, {DCCIMVAC, 1, 0, 16},
        {DCISW, 0, 0, 8},   {DCCSW, 1, 1, 16},   {DCCISW, 1, 0, 16},
    };
    (void)state;
    cache_board();
    for (size_t i = 0; i < sizeof by_address / sizeof by_address[0]; i++) {
        open_memory(3, true, &bus_half);
        uint32_t set_way = 1u << 30 | 1 << 5; /* 4 ways: in the top two bits; set 1 */
        load(AXI, 32, 0);
        store(AXI, 96, 0); /* way 1 of set 1 */
        assert_int_equal(m.dline[AXI][3], 3);
        memory_maintain(&m, 0xe0000000 + by_address[i].reg, i < 3 ? 0x24000060 : set_way, 500);
        assert_int_equal((int)m.dcache.writebacks, by_address[i].written);
        assert_int_equal(m.dline[AXI][3], by_address[i].left);
        assert_int_equal(m.dline[AXI][1], 1);
        assert_int_equal(load(AXI, 0, 500), by_address[i].wait);
        /* Again: nothing is dirty now, so nothing is written. */
        memory_maintain(&m, 0xe0000000 + by_address[i].reg, i < 3 ? 0x24000060 : set_way, 900);
        assert_int_equal((int)m.dcache.writebacks, by_address[i].written);
        assert_int_equal(load(AXI, 64, 900), 8);
        memory_close(&m);
    }
    open_memory(3, true, &bus_half);
    load(AXI, 0, 0);
    store(AXI, 0, 100);
    memory_maintain(&m, 0xe000ef68, 0x24000000, 102); /* the bus is free at 14: from 102 to 110 */
    memory_maintain(&m, 0xe000ef68, 0x24000000, 103);
    store(AXI, 0, 104);
    memory_maintain(&m, 0xe000ef68, 0x24000000, 105); /* it waits: to 118 */
    assert_int_equal(load(AXI, 32, 106), 20);         /* 12 + 8 */

    fetch(ROM, 0, 1000);
    fetch(ROM, 32, 2000);
    memory_maintain(&m, 0xe0000000 + ICIMVAU, 0x08000000, 3000);
    assert_int_equal(m.iline[ROM][0], 0);
    assert_int_equal(m.iline[ROM][1], 1);
    memory_maintain(&m, 0xe0000000 + ICIALLU, 0, 3000);
    assert_int_equal(m.iline[ROM][1], 0);
    assert_int_equal(m.dline[AXI][0], 1);
    memory_close(&m);
}

static void instruction_cache(void **state)
{
    (void)state;
    cache_board();
    open_memory(3, true, &bus_half);
    uint32_t line[2] = {0x08000000, 0x08000020};
    assert_int_equal(memory_granule(&m, ROM), 32);
    assert_int_equal(fetch(ROM, 0, 100), 10); /* (2 + 2 + 1) * 2 */
    assert_int_equal(fetch(ROM, 0, 110), 0);
    assert_false(memory_resident(&m, ROM, line, 2));
    assert_int_equal(fetch(ROM, 32, 110), 16); /* the bus is busy until 116 */
    assert_true(memory_resident(&m, ROM, line, 2));
    assert_int_equal(fetch(ROM, 0, 200), 0);
    assert_int_equal(fetch(ROM, 64, 300), 10); /* second way of set 0 */
    assert_int_equal(fetch(ROM, 0, 400), 0);
    assert_int_equal(fetch(ROM, 128, 500), 10); /* in place of the first: e270 modulo 2 */
    assert_int_equal(fetch(ROM, 64, 600), 0);
    assert_int_equal(fetch(ROM, 0, 700), 10);
    assert_int_equal((int)m.icache.misses, 5);
    memory_reset(&m);
    assert_int_equal(fetch(ROM, 0, 900), 10);
    memory_close(&m);
}

/* Without the instruction cache the core fetches 8 bytes at a time; a flash word of 32 bytes waits
 * for its states once, and the time that the core spends in what it has is not waited again. */
static void fetches_straight_from_the_bus(void **state)
{
    (void)state;
    cache_board();
    open_memory(3, true, &(struct memory_setup){.wait_states = 2, .bus_ratio = 2});
    assert_int_equal(memory_granule(&m, ROM), 8);
    assert_int_equal(fetch(ROM, 0, 100), 10);
    assert_int_equal(fetch(ROM, 8, 110), 6);   /* (2 + 1) * 2, nothing spent */
    assert_int_equal(fetch(ROM, 16, 120), 2);  /* since 116: 4 of the 6 are over */
    assert_int_equal(fetch(ROM, 24, 128), 0);  /* since 122: all are */
    assert_int_equal(fetch(ROM, 32, 129), 9);  /* the next word: 10, of which one is over */
    assert_int_equal(fetch(ROM, 48, 200), 10); /* not the next */
    assert_int_equal(fetch(AXI, 0, 300), 8);
    memory_close(&m);
}

static void accelerator_lines(void **state)
{
    (void)state;
    accelerator_board(16, 16);
    open_memory(-1, true, &flash_5ws);
    assert_int_equal(memory_granule(&m, FLASH), 16);
    for (uint32_t k = 0; k < 4; k++)
        assert_int_equal(fetch(FLASH, 16 * k, 100 * k), 5);
    assert_int_equal(fetch(FLASH, 48, 400), 0);
    assert_int_equal(fetch(FLASH, 0, 500), 0);
    assert_int_equal(fetch(FLASH, 64, 600), 5); /* in place of the one longest unused, 16 */
    assert_int_equal(fetch(FLASH, 0, 700), 0);
    assert_int_equal(fetch(FLASH, 32, 800), 0);
    assert_int_equal(fetch(FLASH, 16, 900), 5); /* in place of 48 */
    assert_int_equal(fetch(FLASH, 48, 1000), 5);
    assert_int_equal((int)m.art_i.misses, 7);
    memory_art_reset(&m, false, true);
    assert_int_equal(fetch(FLASH, 16, 1100), 0);
    memory_art_reset(&m, true, false);
    assert_int_equal(fetch(FLASH, 48, 1200), 5);

    assert_int_equal(load(FLASH, 0, 0), 5);
    assert_int_equal(load(FLASH, 12, 0), 0);
    assert_int_equal(load(FLASH, 16, 0), 5);
    assert_int_equal(load(FLASH, 0, 0), 0);
    assert_int_equal(load(FLASH, 32, 0), 5); /* in place of 16 */
    assert_int_equal(load(FLASH, 0, 0), 0);
    assert_int_equal(load(FLASH, 16, 0), 5);
    assert_int_equal((int)m.art_d.misses, 4);
    memory_close(&m);

    /* Without wait states nothing is looked up. */
    open_memory(-1, true,
                &(struct memory_setup){.bus_ratio = 1, .art_icache = true, .art_dcache = true});
    assert_int_equal(memory_granule(&m, FLASH), 0);
    assert_null(m.part[FLASH].lines);
    memory_close(&m);
}

/* Reading the next line ahead takes 5 + 1 cycles from the moment the core enters the line
 * before. */
static void prefetch(void **state)
{
    (void)state;
    struct memory_setup u = flash_5ws;
    u.prefetch = true;
    accelerator_board(16, 16);
    open_memory(-1, true, &u);
    assert_int_equal(fetch(FLASH, 0, 100), 5);  /* entered at 105 */
    assert_int_equal(fetch(FLASH, 16, 107), 4); /* 2 of 6 are over; entered at 111 */
    assert_int_equal(fetch(FLASH, 32, 116), 1); /* 5 of 6; entered at 117 */
    assert_int_equal(fetch(FLASH, 48, 123), 0); /* all 6 */
    assert_int_equal(fetch(FLASH, 64, 123), 5); /* none, and no more than a read waits */
    assert_int_equal(fetch(FLASH, 96, 200), 5); /* a jump */
    assert_int_equal(fetch(FLASH, 48, 300), 5); /* what did not wait was not kept */
    memory_close(&m);
}

/* An entry of 32 bytes that a read of 8 fills in part. */
static void accelerator_entries_of_several_reads(void **state)
{
    (void)state;
    accelerator_board(8, 32);
    open_memory(-1, true, &flash_5ws);
    assert_int_equal(load(FLASH, 0, 0), 5);
    assert_int_equal(load(FLASH, 8, 0), 5); /* the entry is there, this part is not */
    assert_int_equal(load(FLASH, 0, 0), 0);
    assert_int_equal(load(FLASH, 8, 0), 0);
    assert_int_equal(load(FLASH, 32, 0), 5); /* the second entry */
    assert_int_equal(load(FLASH, 24, 0), 5); /* of the first, which is now the latest used */
    assert_int_equal(load(FLASH, 64, 0), 5); /* in place of the second */
    assert_int_equal(load(FLASH, 24, 0), 0);
    assert_int_equal(load(FLASH, 8, 0), 0);
    assert_int_equal(load(FLASH, 32, 0), 5);
    assert_int_equal((int)m.art_d.misses, 6);
    memory_close(&m);
}

/* 512/1024 of a cycle for each data read from the array beside running code: a cycle with every
 * second. */
static void conflicts_of_data_reads_add_up(void **state)
{
    (void)state;
    accelerator_board(16, 16);
    board.flash.conflict_1024 = 512;
    open_memory(-1, true, &flash_5ws);
    assert_int_equal(load(FLASH, 0, 0), 5);
    assert_int_equal(load(FLASH, 16, 0), 6);
    assert_int_equal(load(FLASH, 16, 0), 0);
    assert_int_equal(load(FLASH, 32, 0), 5);
    assert_int_equal(load(FLASH, 48, 0), 6);
    memory_close(&m);
}

/* Cortex-M4 splits what is not aligned into bytes and halfwords, one cycle for each transfer more;
 * Cortex-M7 has its rule. */
static void waits_by_alignment(void **state)
{
    static const uint32_t word[4] = {0, 2, 1, 2};
    (void)state;
    accelerator_board(16, 16);
    struct memory_setup u = flash_5ws;
    u.art_dcache = false;
    open_memory(-1, true, &u);
    for (uint32_t a = 0; a < 4; a++) {
        static const int parts[] = {SRAM, CCM, PART_PERIPH};
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(memory_fixed(&m, parts[i], 0x20000000 + a, 4, false), word[a]);
            assert_int_equal(memory_fixed(&m, parts[i], 0x20000000 + a, 2, false), a & 1);
            assert_int_equal(memory_fixed(&m, parts[i], 0x20000000 + a, 1, false), 0);
            assert_int_equal(memory_fixed(&m, parts[i], 0x20000000 + a, 4, true), 0);
        }
        assert_int_equal(memory_fixed(&m, FLASH, 0x08000000 + a, 4, false), 5 + word[a]);
        assert_int_equal(memory_fixed(&m, EXTERNAL, 0x60000000 + a, 4, false), 7 + word[a]);
    }
    assert_int_equal(memory_fixed(&m, FLASH, 0x08000000, 4, true), 0);
    assert_int_equal(memory_align(&m, 4, 2, true), 3);
    assert_int_equal(memory_align(&m, 2, 1, true), 1);
    assert_int_equal(memory_align(&m, 1, 1, true), 0);
    memory_close(&m);

    open_memory(-1, true, &flash_5ws); /* with data lines the wait is that of memory_data */
    assert_int_equal(memory_fixed(&m, FLASH, 0x08000001, 4, false), 2);
    memory_close(&m);

    cache_board();
    open_memory(3, true, &(struct memory_setup){.wait_states = 2, .bus_ratio = 2});
    for (uint32_t a = 0; a < 4; a++) {
        assert_int_equal(memory_fixed(&m, DTCM, 0x20000000 + a, 4, false), a ? 3 : 0);
        assert_int_equal(memory_fixed(&m, DTCM, 0x20000000 + a, 2, false), a & 1 ? 3 : 0);
        assert_int_equal(memory_fixed(&m, ITCM, a, 1, false), 0);
        /* (3 + 1) * 2 - 1 */
        assert_int_equal(memory_fixed(&m, AXI, 0x24000000 + a, 4, false), a ? 10 : 7);
        /* (2 + 2 + 1) * 2 - 1 */
        assert_int_equal(memory_fixed(&m, ROM, 0x08000000 + a, 4, false), a ? 12 : 9);
        assert_int_equal(memory_fixed(&m, SDRAM, 0xc0000000 + a, 4, false), a ? 12 : 9);
        assert_int_equal(memory_lingers(&m, 0x20000000 + a, 4, true), a != 0);
        assert_false(memory_lingers(&m, 0x20000000 + a, 4, false));
    }
    /* an even number of words from 4 mod 8 on takes one more */
    assert_int_equal(memory_odd(&m, 0x20000004, 4), 1);
    assert_int_equal(memory_odd(&m, 0x20000004, 3), 0);
    assert_int_equal(memory_odd(&m, 0x20000004, 1), 0);
    assert_int_equal(memory_odd(&m, 0x20000000, 4), 0);
    assert_int_equal(memory_align(&m, 4, 2, true), 7);
    assert_int_equal(memory_align(&m, 4, 2, false), 3);
    /* one a cycle: five are held while the first takes four cycles, then each waits for its own */
    static const uint32_t waits[] = {0, 0, 0, 0, 0, 0, 2, 3, 3};
    uint64_t now = 100;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        uint32_t waited = memory_linger(&m, now);
        assert_int_equal(waited, waits[i]);
        now += waited + 1;
    }
    memory_close(&m);
}

static void bus_matrix(void **state)
{
    (void)state;
    accelerator_board(16, 16);
    board.region[SRAM].grant_load = 2;
    board.region[SRAM].grant_stores = 3;
    board.region[SRAM].contention = 4;
    open_memory(-1, true, &flash_5ws);
    assert_int_equal(memory_grant(&m, SRAM, false, 1), 2);
    assert_int_equal(memory_grant(&m, SRAM, false, 4), 2);
    assert_int_equal(memory_grant(&m, SRAM, true, 1), 0);
    assert_int_equal(memory_grant(&m, SRAM, true, 2), 3);
    assert_int_equal(memory_grant(&m, CCM, false, 1), 0);
    assert_int_equal(memory_grant(&m, PART_PERIPH, false, 1), 0);

    assert_int_equal(memory_shared(&m, SRAM, SRAM), 4);
    assert_int_equal(memory_shared(&m, SRAM, PART_PERIPH), 4);
    assert_int_equal(memory_shared(&m, SRAM, FLASH), 0);
    assert_int_equal(memory_shared(&m, SRAM, CCM), 0);
    assert_int_equal(memory_shared(&m, SRAM, PART_HOLE), 0);
    assert_int_equal(memory_shared(&m, FLASH, SRAM), 0);
    assert_int_equal(memory_shared(&m, -1, SRAM), 0);

    /* Longest: external, 7 + 1; a transfer 4 of contention, 3 of the grant and 4 more. */
    struct memory_waits w;
    memory_waits(&m, &w);
    assert_int_equal(w.fill, 8);
    assert_int_equal(w.line, 8);
    assert_int_equal(w.access, 19);
    memory_close(&m);

    open_memory(-1, false, &flash_5ws); /* without times */
    assert_int_equal(memory_grant(&m, SRAM, false, 1), 0);
    assert_int_equal(memory_shared(&m, SRAM, SRAM), 0);
    assert_int_equal(memory_fixed(&m, SRAM, 0x20000001, 4, false), 0);
    assert_int_equal(memory_granule(&m, FLASH), 0);
    memory_close(&m);
}

/* The longest fill is the external memory's: 10 + 6; a line waits for one other, an access for
 * three, for 4 of an unaligned load, for 4 and 1 of the store buffer. */
static void longest_waits_with_caches(void **state)
{
    struct memory_waits w;
    (void)state;
    cache_board();
    open_memory(3, true, &bus_half);
    memory_waits(&m, &w);
    assert_int_equal(w.fill, 16);
    assert_int_equal(w.line, 32);
    assert_int_equal(w.access, 4 * 16 + 4 + 4 + 1);
    assert_int_equal(memory_granule(&m, ITCM), 0);
    assert_int_equal(memory_granule(&m, DTCM), 0);
    assert_null(m.part[DTCM].lines);
    assert_null(m.part[SDRAM].lines); /* not cached by its region */
    memory_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_fill_waits_for_the_first_beat_and_occupies_the_bus),
        cmocka_unit_test(a_dirty_line_costs_the_bus_a_write_back),
        cmocka_unit_test(stores_by_policy),
        cmocka_unit_test(an_mpu_may_decide_the_policy),
        cmocka_unit_test(cache_maintenance),
        cmocka_unit_test(instruction_cache),
        cmocka_unit_test(fetches_straight_from_the_bus),
        cmocka_unit_test(accelerator_lines),
        cmocka_unit_test(prefetch),
        cmocka_unit_test(accelerator_entries_of_several_reads),
        cmocka_unit_test(conflicts_of_data_reads_add_up),
        cmocka_unit_test(waits_by_alignment),
        cmocka_unit_test(bus_matrix),
        cmocka_unit_test(longest_waits_with_caches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
