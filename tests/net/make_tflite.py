"""Writes a small quantised TensorFlow Lite model.

`make_tflite.py FILE [OPCODE [conv]]`: conv 3x3 s2 (SAME) - PAD - depthwise 5x5 (VALID) - conv 1x1 - ADD - mean - reshape - fully
connected - softmax. One channel of the first convolution has a negative scale, one of the depthwise has no weights and a scale that
no multiplier below one half has. OPCODE replaces the depthwise operator's code; with `conv` a 1x1 convolution before the reshape is
the classifier; with `plain` no scale is negative; with `grey` the image has one channel, with `grey-dw` also the first layer is a depthwise one of multiplier 8.

`make_tflite.py FILE all`: PAD - conv 5x5 s2 - max pool 3x3 s2 - depthwise 5x5 of a slice - HARD_SWISH - concatenation with another
slice - squeeze and excitation - conv 3x3 in two groups, s2 - reshape - two fully connected layers - softmax.

`make_tflite.py FILE edge NAME`: one operator at an edge of what is read; see edge()."""
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


def tensor(name, shape, kind, scales, zero, data=None, dimension=0):
    buffer = 0
    if data is not None:
        buffer = len(buffers)
        buffers.append(table(f0=vec_scalar('B', data)))
    q = table(f2=vec_scalar('f', scales), f3=vec_int64([zero] * len(scales)), f6=('i', dimension))
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
FC_SCALE = 1.5
LAST_SCALE = 0.012 if sys.argv[3:] == ['plain'] else -0.012
BETA = table(f0=('f', 0.02))


def conv_opt(stride, act, act_id, padding=0):
    return table(**{'f0': ('b', padding), 'f1': ('i', stride), 'f2': ('i', stride), 'f%d' % act_id: ('b', act)})


def ints(name, *values):
    return tensor(name, [len(values)], INT32, [1.0], 0, struct.pack('<%di' % len(values), *values))


def simple(other, as_conv, channels, transposed):
    image = tensor('image', [1, 16, 16, channels], INT8, [0.02], -3)
    stem = weights(72 * channels)
    if transposed:  # from [channel][3][3]
        stem = bytes(stem[c * 9 + i] for i in range(9) for c in range(8))
    w = tensor('conv/w', [1, 3, 3, 8] if transposed else [8, 3, 3, channels], INT8, [0.01 + 0.001 * i for i in range(7)] + [LAST_SCALE], 0, stem)
    b = tensor('conv/b', [8], INT32, [0.01], 0, bias(8))
    conv = tensor('conv', [1, 8, 8, 8], INT8, [0.25], -128)
    pads = tensor('pads', [4, 2], INT32, [1.0], 0, struct.pack('<8i', 0, 0, 2, 2, 2, 2, 0, 0))
    padded = tensor('padded', [1, 12, 12, 8], INT8, [0.25], -128)
    dw_w = tensor('dw/w', [1, 5, 5, 8], INT8, [0.01] * 7 + [10.0], 0, bytes(0 if i % 8 == 7 else v for i, v in enumerate(weights(200))), 3)
    dw_b = tensor('dw/b', [8], INT32, [0.01], 0, bias(7) + struct.pack('<i', 3))
    dw = tensor('dw', [1, 8, 8, 8], INT8, [1.2], 5)
    pw_w = tensor('pw/w', [8, 1, 1, 8], INT8, [0.015] * 8, 0, weights(64))
    pw_b = tensor('pw/b', [8], INT32, [0.01], 0, struct.pack('<8i', *[(-1) ** i * 2000 for i in range(8)]))
    pw = tensor('pw', [1, 8, 8, 8], INT8, [3.0], -10)
    total = tensor('sum', [1, 8, 8, 8], INT8, [3.2], -7)
    axes = tensor('axes', [2], INT32, [1.0], 0, struct.pack('<2i', 1, 2))
    mean = tensor('mean', [1, 1, 1, 8], INT8, [1.0], 0)
    flat = tensor('flat', [1, 8], INT8, [1.0], 0)
    fc_w = tensor('fc/w', [5, 1, 1, 8] if as_conv else [5, 8], INT8, [0.02], 0, weights(40))
    fc_b = tensor('fc/b', [5], INT32, [0.01], 0, bias(5))
    fc = tensor('fc', [1, 1, 1, 5] if as_conv else [1, 5], INT8, [FC_SCALE], 1)
    line = tensor('line', [1, 5], INT8, [FC_SCALE], 1)
    soft = tensor('soft', [1, 5], INT8, [1 / 256], -128)
    codes = [3, other, 0, 40, 22, 9, 25, 34]
    operators = [op(1 if transposed else 0, [image, w, b], [conv], conv_opt(2, 1, 4 if transposed else 3)), op(7, [conv, pads], [padded]),
                 op(1, [padded, dw_w, dw_b], [dw], conv_opt(1, 0, 4, 1)), op(0, [dw, pw_w, pw_b], [pw], conv_opt(1, 0, 3)),
                 op(2, [pw, dw], [total]), op(3, [total, axes], [mean])]
    if as_conv:
        operators += [op(0, [mean, fc_w, fc_b], [fc], conv_opt(1, 0, 3)), op(4, [fc], [line]), op(6, [line], [soft], BETA)]
    else:
        operators += [op(4, [mean], [flat]), op(5, [flat, fc_w, fc_b], [fc]), op(6, [fc], [soft], BETA)]
    return codes, operators, image, soft


def every():
    """Scales are such that values spread over int8."""
    image = tensor('image', [1, 16, 16, 3], INT8, [0.02], -3)
    pads = tensor('pads', [4, 2], INT32, [1.0], 0, struct.pack('<8i', 0, 0, 2, 1, 1, 2, 0, 0))
    padded = tensor('padded', [1, 19, 19, 3], INT8, [0.02], -3)
    w1 = tensor('conv/w', [8, 5, 5, 3], INT8, [0.01] * 8, 0, weights(600))
    b1 = tensor('conv/b', [8], INT32, [0.01], 0, bias(8))
    conv = tensor('conv', [1, 8, 8, 8], INT8, [0.4], -20)
    pool = tensor('pool', [1, 4, 4, 8], INT8, [0.4], -20)
    begin, size = ints('begin', 0, 0, 0, 3), ints('size', 1, -1, 4, 5)
    right = tensor('right', [1, 4, 4, 5], INT8, [0.4], -20)
    from_, to, by = ints('from', 0, 0, 0, 0), ints('to', 1, 4, 4, 3), ints('by', 1, 1, 1, 1)
    left = tensor('left', [1, 4, 4, 3], INT8, [0.4], -20)
    w2 = tensor('dw/w', [1, 5, 5, 3], INT8, [0.004] * 3, 0, weights(75), 3)
    b2 = tensor('dw/b', [3], INT32, [0.01], 0, bias(3))
    dw = tensor('dw', [1, 4, 4, 3], INT8, [0.6], 5)
    swish = tensor('swish', [1, 4, 4, 3], INT8, [0.4], -128)
    both = tensor('both', [1, 4, 4, 11], INT8, [0.5], -30)
    axes = ints('axes', 1, 2)
    mean = tensor('mean', [1, 1, 1, 11], INT8, [0.4], -20)
    w3 = tensor('squeeze/w', [4, 1, 1, 11], INT8, [0.01] * 4, 0, weights(44))
    squeeze = tensor('squeeze', [1, 1, 1, 4], INT8, [0.4], -128)
    w4 = tensor('excite/w', [11, 1, 1, 4], INT8, [0.002] * 11, 0, weights(44))
    excite = tensor('excite', [1, 1, 1, 11], INT8, [0.15], 3)
    gate = tensor('gate', [1, 1, 1, 11], INT8, [1 / 256], -128)
    gated = tensor('gated', [1, 4, 4, 11], INT8, [0.25], -60)
    more = tensor('more', [1, 4, 4, 14], INT8, [0.3], -60)
    w5 = tensor('group/w', [6, 3, 3, 7], INT8, [0.004] * 6, 0, weights(378))
    group = tensor('group', [1, 2, 2, 6], INT8, [0.2], -6)
    flat = tensor('flat', [1, 24], INT8, [0.2], -6)
    w6 = tensor('fc1/w', [10, 24], INT8, [0.003], 0, weights(240))
    fc1 = tensor('fc1', [1, 10], INT8, [0.1], -128)
    w7 = tensor('fc2/w', [5, 10], INT8, [0.02], 0, weights(50))
    b7 = tensor('fc2/b', [5], INT32, [0.01], 0, bias(5))
    fc2 = tensor('fc2', [1, 5], INT8, [0.4], 1)
    soft = tensor('soft', [1, 5], INT8, [1 / 256], -128)
    codes = [34, 3, 17, 65, 45, 4, 117, 2, 40, 14, 18, 22, 9, 25]
    pool_opt = table(f0=('b', 0), f1=('i', 2), f2=('i', 2), f3=('i', 3), f4=('i', 3))
    mask = table(f0=('i', 1), f1=('i', 5))
    axis = table(f0=('i', 3))
    operators = [op(0, [image, pads], [padded]), op(1, [padded, w1, b1], [conv], conv_opt(2, 0, 3, 1)), op(2, [conv], [pool], pool_opt),
                 op(3, [pool, begin, size], [right]), op(4, [pool, from_, to, by], [left], mask),
                 op(5, [left, w2, b2], [dw], conv_opt(1, 0, 4)), op(6, [dw], [swish]), op(7, [right, swish, left], [both], axis),
                 op(8, [both, axes], [mean]), op(1, [mean, w3, -1], [squeeze], conv_opt(1, 1, 3)),
                 op(1, [squeeze, w4, -1], [excite], conv_opt(1, 0, 3)), op(9, [excite], [gate]), op(10, [gate, both], [gated]),
                 op(7, [gated, swish], [more], axis), op(1, [more, w5, -1], [group], conv_opt(2, 0, 3)),
                 op(11, [group], [flat]), op(12, [flat, w6, -1], [fc1], table(f0=('b', 1))),
                 op(12, [fc1, w7, b7], [fc2]), op(13, [fc2], [soft], BETA)]
    return codes, operators, image, soft


def edge(name):
    """`twice`: two operators make one tensor. `squeeze`: it loses values. `softmax-N`: of N values. `resize`: 3 to 2040 values, the
    step of 3/2040 pixel rounded up to 2/1024, so that the last positions lie behind the last pixel. `dilated`: 3x3 windows that span
    121x121, 121 x 121 x 64 x 72 weights with their zeros."""
    of = {'twice': ([1, 2, 2, 3], [1, 2, 2, 3]), 'squeeze': ([1, 2, 2, 3], [1, 3]), 'resize': ([1, 1, 3, 1], [1, 1, 2040, 1]),
          'dilated': ([1, 121, 121, 64], [1, 1, 1, 72])}
    shapes = of[name] if name in of else ([1, int(name[8:])],) * 2
    image = tensor('image', shapes[0], INT8, [0.1], 0)
    y = tensor('y', shapes[1], INT8, [1 / 256] if name.startswith('softmax') else [0.1], -128 if name.startswith('softmax') else 0)
    if name == 'twice':
        return [117], [op(0, [image], [y]), op(0, [image], [y])], image, y
    if name == 'squeeze':
        return [43], [op(0, [image], [y])], image, y
    if name == 'resize':
        return [23], [op(0, [image, ints('size', 1, 2040)], [y], table(f2=('b', 0)))], image, y
    if name == 'dilated':
        w = tensor('w', [72, 3, 3, 64], INT8, [0.01], 0, weights(72 * 9 * 64))
        return [3], [op(0, [image, w, -1], [y], table(f0=('b', 1), f1=('i', 1), f2=('i', 1), f4=('i', 60), f5=('i', 60)))], image, y
    return [25], [op(0, [image], [y], table(f0=('f', 1.0)))], image, y


codes, operators, image, soft = every() if sys.argv[2:] == ['all'] else edge(sys.argv[3]) if sys.argv[2:3] == ['edge'] else \
    simple(int(sys.argv[2]) if len(sys.argv) > 2 else 4, sys.argv[3:] == ['conv'], 1 if sys.argv[3:] in (['grey'], ['grey-dw']) else 3,
           sys.argv[3:] == ['grey-dw'])
graph = table(f0=vec_tables(tensors), f1=vec_scalar('i', [image]), f2=vec_scalar('i', [soft]), f3=vec_tables(operators))
model = table(f0=('I', 3), f1=vec_tables([table(f0=('b', min(c, 127)), f3=('i', c)) for c in codes]), f2=vec_tables([graph]),
              f4=vec_tables(buffers))
at = model()
out[0:4] = u32(at)
out[4:8] = b'TFL3'
open(sys.argv[1], 'wb').write(bytes(out))
