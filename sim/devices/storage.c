/* Peripherals without behaviour. */
#include "sim/devices/device.h"

const struct device_class device_none = {
    .name = "none",
    .bytes = sizeof(struct device),
    .unmodelled = true,
};

const struct device_class device_storage = {
    .name = "storage",
    .bytes = sizeof(struct device),
};
