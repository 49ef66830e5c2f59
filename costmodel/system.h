/* An MCU, a link and an accelerator on one timeline: the MCU prepares the image, sends it, the
 * accelerator computes, the result returns, the MCU finishes. What sleeps or idles between frames
 * still draws power. */
#ifndef COSTMODEL_SYSTEM_H
#define COSTMODEL_SYSTEM_H

#include "costmodel/npu.h"

struct mcu {
    char name[48];
    char source[160]; /* of pj_per_cycle */
    double clock_hz;
    double pj_per_cycle[3]; /* low, nominal, high */
    double sleep_w;
    uint64_t cycles_before, cycles_after; /* of a frame: preparing the image, using the result */
};

enum { BAND_LOW, BAND_NOMINAL, BAND_HIGH, BAND_COUNT };
enum { S_MCU, S_MCU_SLEEP, S_LINK, S_NPU_ACTIVE, S_NPU_IDLE, S_PARTS };
extern const char *const system_parts[S_PARTS];

/* Low: the MCU sleeps while DMA feeds the link, at the least current. Nominal: it runs during its
 * own work and the transfers. High: it never sleeps, at the most current, and the accelerator's
 * clock never stops. */
struct system_result {
    double period_s;                                        /* 1 / frames per second */
    double mcu_s[BAND_COUNT];                               /* time the MCU is awake in a frame */
    double before_s, link_in_s, npu_s, link_out_s, after_s; /* the timeline of one frame */
    double shortest_period_s;                               /* what the slowest stage allows */
    bool overlaps; /* the next image comes in while this one is computed */
    bool holds;    /* period_s >= shortest_period_s */
    double mcu_duty, link_duty, npu_duty;
    double mw[BAND_COUNT][S_PARTS], total_mw[BAND_COUNT]; /* mean power */
    double frame_mj[BAND_COUNT];
    double battery_h[BAND_COUNT]; /* 0 without a battery */
};

/* The MCU's share of a frame (nominal) as a scope `mcu` of an accelerator's run: energy, and no
 * time of its own, as it works beside the accelerator. Idle power between frames is not part of a
 * run. */
bool system_rows(const struct mcu *m, const struct system_result *r, struct rows *out,
                 struct err *e);

/* fps 0: as fast as the timeline allows. battery_mwh 0: none. */
void system_evaluate(const struct npu *n, const struct mcu *m, double fps, double battery_mwh,
                     struct system_result *out);

#endif
