"""Poisons the SRAM of a board in an ELF of `etinysim build`, all but what the file fills itself: the image."""
import struct

RAM = {"stm32f407": [(0x20000000, 0x20020000)], "stm32f412": [(0x20000000, 0x20040000)],
       "stm32f746": [(0x20000000, 0x20050000)], "stm32h743": [(0x20000000, 0x20020000), (0x24000000, 0x24080000)],
       "stm32l4r5": [(0x20000000, 0x200A0000)], "stm32l4r9": [(0x20000000, 0x200A0000)]}


def poison(src, dst, board):
    """Adds loadable segments of 0xA5 for every byte of SRAM that no segment of the file fills."""
    d = bytearray(open(src, "rb").read())
    phoff, = struct.unpack_from("<I", d, 28)
    size, n = struct.unpack_from("<HH", d, 42)
    heads = [bytes(d[phoff + i * size:phoff + (i + 1) * size]) for i in range(n)]
    used = sorted((v[2], v[2] + v[4]) for v in (struct.unpack("<8I", h) for h in heads) if v[4])
    for lo, hi in RAM[board]:
        for a, b in used + [(hi, hi)]:
            while lo < min(a, hi): # in pieces that stay within one memory region
                end = min(a, hi, (lo | 0x3FFF) + 1)
                heads.append(struct.pack("<8I", 1, len(d), lo, lo, end - lo, end - lo, 6, 4))
                d += b"\xA5" * (end - lo)
                lo = end
            lo = max(lo, min(b, hi))
    struct.pack_into("<I", d, 28, len(d))
    struct.pack_into("<H", d, 44, len(heads))
    open(dst, "wb").write(bytes(d) + b"".join(heads))
