// board: stm32f407
// qemu: no: QEMU has no DWT and FPB
// rule: ARMv7-M B3.2.2, B4.1 and B4.7, CCR, CLIDR, CTR, MVFR0 to 2, CPUID, DWT_CTRL and FP_CTRL of a Cortex-M4 with FPv4-SP
// expect: 00000200 00000000 00000000 10110021 11000011 00000000 410fc241 40000000 00000260
#include "id_registers.inc"
