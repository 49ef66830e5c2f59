"""Writes a small quantised TensorFlow Lite model: conv 3x3 s2 (SAME) - PAD - depthwise 5x5 (VALID) - conv 1x1 - ADD - mean -
reshape - fully connected - softmax. One channel of the first convolution has a negative scale, one of the depthwise has no weights
and a scale that no multiplier below one half has. `make_tflite.py FILE [OPCODE [conv]]`: OPCODE replaces the depthwise operator's
code; with `conv` a 1x1 convolution before the reshape is the classifier."""
import random
import struct
import sys

random.seed(7)
out = bytearray(8)


def u32(v):
    return struct.pack('<I', v)


def put(data, align=4):
    while len(out) % align:
        out.append(0)
    at = len(out)
    out.extend(data)
    return at


def patch(at, to):
    out[at:at + 4] = u32(to - at)


def vec_scalar(fmt, values):
    return lambda: put(u32(len(values)) + struct.pack('<%d%s' % (len(values), fmt), *values), 4)


def vec_int64(values):
    def write():
        while (len(out) + 4) % 8:
            out.append(0)
        return put(u32(len(values)) + struct.pack('<%dq' % len(values), *values), 1)
    return write


def string(s):
    return lambda: put(u32(len(s)) + s.encode() + b'\0', 4)


def vec_tables(writers):
    def write():
        at = put(u32(len(writers)) + bytes(4 * len(writers)))
        for i, w in enumerate(writers):
            patch(at + 4 + 4 * i, w())
        return at
    return write


def table(**fields):
    """fields fN=('b'|'i', value) inline or a writer that returns a position."""
    def write():
        ids = {int(k[1:]): v for k, v in fields.items()}
        n = max(ids) + 1 if ids else 0
        body, slots, later = bytearray(4), [0] * n, []
        for i, v in sorted(ids.items()):
            if callable(v):
                slots[i] = len(body)
                later.append((len(body), v))
                body += bytes(4)
            else:
                slots[i] = len(body)
                body += struct.pack('<' + v[0], v[1])
                while len(body) % 4:
                    body.append(0)
        vt = put(struct.pack('<HH', 4 + 2 * n, len(body)) + struct.pack('<%dH' % n, *slots), 2)
        at = put(bytes(body))
        out[at:at + 4] = struct.pack('<i', at - vt)
        for offset, writer in later:
            patch(at + offset, writer())
        return at
    return write


buffers, tensors = [table()], []


def tensor(name, shape, kind, scales, zero, data=None):
    buffer = 0
    if data is not None:
        buffer = len(buffers)
        buffers.append(table(f0=vec_scalar('B', data)))
    q = table(f2=vec_scalar('f', scales), f3=vec_int64([zero] * len(scales)))
    tensors.append(table(f0=vec_scalar('i', shape), f1=('b', kind), f2=('I', buffer), f3=string(name), f4=q))
    return len(tensors) - 1


def weights(n):
    return bytes(random.randrange(256) if random.random() < 0.9 else 0 for _ in range(n)).replace(b'\x80', b'\x81')


def bias(n):
    return struct.pack('<%di' % n, *[random.randrange(-200, 200) for _ in range(n)])


def op(code, ins, outs, options=None):
    f = dict(f0=('I', code), f1=vec_scalar('i', ins), f2=vec_scalar('i', outs))
    if options:
        f['f4'] = options
    return table(**f)


INT8, INT32 = 9, 2
image = tensor('image', [1, 16, 16, 3], INT8, [0.02], -3)
w = tensor('conv/w', [8, 3, 3, 3], INT8, [0.01 + 0.001 * i for i in range(7)] + [-0.012], 0, weights(216))
b = tensor('conv/b', [8], INT32, [0.01], 0, bias(8))
conv = tensor('conv', [1, 8, 8, 8], INT8, [0.25], -128)
pads = tensor('pads', [4, 2], INT32, [1.0], 0, struct.pack('<8i', 0, 0, 2, 2, 2, 2, 0, 0))
padded = tensor('padded', [1, 12, 12, 8], INT8, [0.25], -128)
dw_w = tensor('dw/w', [1, 5, 5, 8], INT8, [0.01] * 7 + [10.0], 0, bytes(0 if i % 8 == 7 else v for i, v in enumerate(weights(200))))
dw_b = tensor('dw/b', [8], INT32, [0.01], 0, bias(7) + struct.pack('<i', 3))
dw = tensor('dw', [1, 8, 8, 8], INT8, [1.2], 5)
pw_w = tensor('pw/w', [8, 1, 1, 8], INT8, [0.015] * 8, 0, weights(64))
pw_b = tensor('pw/b', [8], INT32, [0.01], 0, struct.pack('<8i', *[(-1) ** i * 2000 for i in range(8)]))
pw = tensor('pw', [1, 8, 8, 8], INT8, [3.0], -10)
total = tensor('sum', [1, 8, 8, 8], INT8, [3.2], -7)
axes = tensor('axes', [2], INT32, [1.0], 0, struct.pack('<2i', 1, 2))
mean = tensor('mean', [1, 1, 1, 8], INT8, [1.0], 0)
flat = tensor('flat', [1, 8], INT8, [1.0], 0)
as_conv = sys.argv[3:] == ['conv']
fc_w = tensor('fc/w', [5, 1, 1, 8] if as_conv else [5, 8], INT8, [0.02], 0, weights(40))
fc_b = tensor('fc/b', [5], INT32, [0.01], 0, bias(5))
fc = tensor('fc', [1, 1, 1, 5] if as_conv else [1, 5], INT8, [0.2], 1)
line = tensor('line', [1, 5], INT8, [0.2], 1)
soft = tensor('soft', [1, 5], INT8, [0.0039], -128)
conv_opt = lambda stride, act, act_id, valid=0: table(**{'f0': ('b', valid), 'f1': ('i', stride), 'f2': ('i', stride),
                                                         'f%d' % act_id: ('b', act)})
codes = [3, int(sys.argv[2]) if len(sys.argv) > 2 else 4, 0, 40, 22, 9, 25, 34]
operators = [op(0, [image, w, b], [conv], conv_opt(2, 1, 3)), op(7, [conv, pads], [padded]),
             op(1, [padded, dw_w, dw_b], [dw], conv_opt(1, 0, 4, 1)), op(0, [dw, pw_w, pw_b], [pw], conv_opt(1, 0, 3)),
             op(2, [pw, dw], [total]), op(3, [total, axes], [mean])]
if as_conv:
    operators += [op(0, [mean, fc_w, fc_b], [fc], conv_opt(1, 0, 3)), op(4, [fc], [line]), op(6, [line], [soft])]
else:
    operators += [op(4, [mean], [flat]), op(5, [flat, fc_w, fc_b], [fc]), op(6, [fc], [soft])]
graph = table(f0=vec_tables(tensors), f1=vec_scalar('i', [image]), f2=vec_scalar('i', [soft]), f3=vec_tables(operators))
model = table(f0=('I', 3), f1=vec_tables([table(f0=('b', min(c, 127)), f3=('i', c)) for c in codes]), f2=vec_tables([graph]),
              f4=vec_tables(buffers))
at = model()
out[0:4] = u32(at)
out[4:8] = b'TFL3'
open(sys.argv[1], 'wb').write(bytes(out))
