/* DMA and the peripherals that it serves. A kind of peripheral that requests DMA gives a struct
 * dma_client; the controllers find it by the address of its data register. */
#ifndef SIM_DEVICES_DMA_H
#define SIM_DEVICES_DMA_H

#include "sim/devices/device.h"

enum { MAX_ROUTES = 4 };

/* A way from a peripheral to a stream: input `request` of DMAMUX, or channel `request` of one
 * stream of one controller. */
struct dma_route {
    uint8_t dma; /* 0: by DMAMUX */
    uint8_t stream;
    uint8_t request;
};

struct dma_routes {
    int n;
    struct dma_route route[MAX_ROUTES];
};

struct dma_client {
    /* Offset of the data register that a stream writes (tx) or reads. */
    uint32_t (*data)(const struct device *d, bool tx);
    const struct dma_routes *(*routes)(const struct device *d, bool tx);
    /* It requests items to send. */
    bool (*asks)(const struct device *d);
    /* Core cycles until it has sent one item of so many bytes; NEVER: it stands still. */
    uint64_t (*item_cycles)(const struct device *d, unsigned bytes);
    /* When what it already has to send is sent; NULL: it sends at once. */
    uint64_t (*ready_at)(const struct device *d);
    /* A stream for what it received is there now. */
    void (*drain)(struct device *d);
};

/* The optional key `key`: a list of numbers of DMAMUX, or of DMA.STREAM.CHANNEL. */
bool dma_read_routes(const struct desc_node *keys, const char *key, struct dma_routes *out,
                     struct err *e);
/* `client` received an item. False: no stream takes it. */
bool dma_request(struct device *client);
/* A stream is sending items to `client`; those that are sent by now are moved. */
bool dma_sends(struct device *client);
/* A client changed what it requests: streams that wait for it may begin. */
void dma_resume(struct device_set *s);

/* Brings all streams up to `now`. */
void dma_settle(struct device_set *s, uint64_t now);

#endif
