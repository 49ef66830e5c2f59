// board: stm32f746
// qemu: no: QEMU has no DWT and FPB
// rule: ARMv7-M B3.2.2, B4.1 and B4.7, the same of a Cortex-M7 with FPv5-SP
// expect: 00040200 09000003 8303c003 10110021 11000011 00000040 410fc271 40000000 10000080
#include "id_registers.inc"
