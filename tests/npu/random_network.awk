# A random network with layers of every kind that the RTL has: awk -v seed=1 -v kernel=3 -v channels=3 -v pad=1 -f FILE
# `pad` is that of all sliding windows on the array, -1: any.
function below(n) { return int(rand() * n) }
function padding() { return pad >= 0 ? pad : below(kernel) }
function out(text) { printf "  - {%s}\n", text }
function size(h, k, s, p) { return int((h + 2 * p - k) / s) + 1 }
function keep(n) { maps++; name[maps] = n; side[maps] = h; chan[maps] = c }
function activation(bn) { return ", act: " (below(2) ? "relu" : "none") (below(2) ? ", bn: after_act" : below(2) ? ", bn: before_act" : "") }
BEGIN {
    srand(seed)
    h = 12 + below(20)
    printf "assumed: made by a random generator\ninput: %d\nchannels: %d\nclasses: %d\nlayers:\n", h, channels, 2 + below(40)
    s = 1 + below(2)
    pool = kernel == 3 && pad == 1 && below(2)
    if (pool) s = 2
    p = padding()
    c = 1 + below(30)
    out(sprintf("op: conv, name: conv, out: %d, kernel: %d, stride: %d, pad: %d, act: relu%s", c, kernel, s, p, below(2) ? ", bn: after_act" : ""))
    h = size(h, kernel, s, p)
    if (pool) { out("op: max_pool, name: stempool, kernel: 2, stride: 2"); h = int(h / 2) }
    keep(pool ? "stempool" : "conv")
    for (i = 1; i <= 12; i++) {
        kind = below(4)
        n = "l" i
        if (kind == 0) {
            p = padding(); s = 1 + below(2)
            if (size(h, kernel, s, p) < 2) continue
            out(sprintf("op: dw, name: %s, kernel: %d, stride: %d, pad: %d%s", n, kernel, s, p, activation()))
            h = size(h, kernel, s, p)
        } else if (kind == 1) {
            c = 1 + below(45)
            out(sprintf("op: pw, name: %s, out: %d%s", n, c, activation()))
        } else if (kind == 2) {
            k = 2 + below(2); s = 1 + below(2); p = below(2)
            if (size(h, k, s, p) < 2 || i % 2) { i -= 0; continue }
            out(sprintf("op: max_pool, name: %s, kernel: %d, stride: %d, pad: %d", n, k, s, p))
            h = size(h, k, s, p)
        } else {
            other = 0
            for (m = 1; m < maps; m++) if (side[m] == h && chan[m] == c) other = m
            if (!other) { # something to add: a layer that keeps the shape
                if (below(2) && pad != 0 && kernel == 3) out(sprintf("op: dw, name: %sa, kernel: 3, stride: 1, pad: 1%s", n, activation()))
                else out(sprintf("op: pw, name: %sa, out: %d%s", n, c, activation()))
                other = maps
                keep(n "a")
                if (side[other] != h || chan[other] != c) continue
            }
            if (below(3)) out(sprintf("op: add, name: %s, with: %s", n, name[other]))
            else out(sprintf("op: add, name: %s, from: %s, with: %s", n, name[other], name[maps]))
        }
        keep(n)
    }
    out("op: gap, name: gap")
    out("op: fc, name: fc")
}
