/* Own kernels whose cycles follow from published facts, for test_rig.sh: each body 20 times less
 * the same 10 times. */
#include "evidence.h"

#define TIMES(n, name, body)                                                          \
    __attribute__((naked, noinline, aligned(8))) static void name##n(uint32_t *words) \
    {                                                                                 \
        (void)words;                                                                  \
        __asm__ volatile(".rept " #n "\n" body "\n.endr\nbx lr");                     \
    }
#define KERNEL(name, body) TIMES(20, name, body) TIMES(10, name, body)
#define SHOW(name)                            \
    EVIDENCE(#name "20", 3, name##20(words)); \
    EVIDENCE(#name "10", 3, name##10(words))

static uint32_t words[8] __attribute__((aligned(8)));

KERNEL(alu, "add.w r1, r2, r3\nadd.w r12, r2, r3")
KERNEL(loads, "ldr.w r1, [r0]\nldr.w r2, [r0, #4]\nadd.w r3, r0, r0\nadd.w r12, r0, r0")
KERNEL(multiple, "ldm r0, {r1-r3, r12}\nstm r0, {r1-r3, r12}")

int main(void)
{
    SHOW(alu);
    SHOW(loads);
    SHOW(multiple);
    return 0;
}
