#!/bin/bash
# A .tflite model: counted, run in integers close to its floating-point meaning, refused by operator and tensor, and never
# more than refused when it is damaged.
set -u
E=${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi; }
here=$(dirname "$0")
python3 "$here/make_tflite.py" "$t/m.tflite" || { echo "not ok 1 - the model cannot be written"; exit 1; }

# 8x27x64 + 8x25x64 + 64x64 + 40 multiply-accumulates
macs=$("$E" model "$t/m.tflite" --json | python3 -c 'import json,sys; d=json.load(sys.stdin); print(d["macs"], d["weights"], [l["op"] for l in d["layers"]])')
[ "$macs" = "30760 520 ['conv2d', 'depthwise_conv2d', 'pointwise_conv2d', 'combine', 'reduce', 'fully_connected', 'softmax']" ]
ok $? "layers and counts of the model ($macs)"

"$E" shapes --size 16 --count 6 -o "$t/img" >/dev/null
python3 "$here/make_tflite.py" "$t/c.tflite" 4 conv
for m in m c; do
    db=$("$E" quant "$t/$m.tflite" $(for f in "$t"/img/*.png; do echo --image $f; done) --json |
        python3 -c 'import json,sys; print("%.1f" % min(i["sqnr_db"] for i in json.load(sys.stdin)["images"]))')
    python3 -c "import sys; sys.exit(not $db > 15)"
    ok $? "integers follow the real values of $m.tflite (least logit SQNR $db dB)"
done

# Every operator: 8x8x75x8, 4x4x25x3, two of 44, 2x2x63x6, 24x10, 10x5; the kernels of the two layers that follow a reshape and a slice
python3 "$here/make_tflite.py" "$t/all.tflite" all
got=$("$E" model "$t/all.tflite" --json | python3 -c 'import json,sys; d=json.load(sys.stdin); print(d["macs"], *[l["op"] for l in d["layers"]])')
[ "$got" = "41490 group_conv2d max_pool move move depthwise_conv2d table concat concat reduce fully_connected fully_connected table combine concat group_conv2d fully_connected fully_connected softmax" ]
ok $? "layers and counts of a model with every operator ($got)"
db=$("$E" quant "$t/all.tflite" $(for f in "$t"/img/*.png; do echo --image $f; done) --json |
    python3 -c 'import json,sys; print("%.1f" % min(i["sqnr_db"] for i in json.load(sys.stdin)["images"]))')
python3 -c "import sys; sys.exit(not $db > 8)"
ok $? "integers follow its real values (least logit SQNR $db dB)"

python3 - "$t/grey.png" <<'PY'
import struct, sys, zlib
chunk = lambda kind, data: struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
rows = b''.join(b'\0' + bytes((37 * x * y + 11 * x) % 256 for x in range(16)) for y in range(16))
open(sys.argv[1], 'wb').write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 16, 16, 8, 0, 0, 0, 0)) +
                              chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
PY
for k in grey grey-dw; do
    python3 "$here/make_tflite.py" "$t/same.tflite" 4 $k && "$E" model "$t/same.tflite" --json >"$t/$k.model" &&
        "$E" quant "$t/same.tflite" --image "$t/grey.png" --json | grep -v inputs_sha256 >"$t/$k.quant" || echo "# $k" >>"$t/$k.quant"
done
cmp "$t/grey.model" "$t/grey-dw.model" && cmp "$t/grey.quant" "$t/grey-dw.quant"
ok $? "a depthwise layer of one channel is the convolution it stands for"

# A file of outputs is the check of the next run; another number of values, or another level, is not.
values() { python3 -c "print(','.join(str(($2) % 256 - 128) for i in range($1)))"; }
values 768 'i * 37' >"$t/x.csv"
"$E" check "$t/all.tflite" --input "$t/x.csv" --json | python3 -c 'import json,sys
print(*[v for o in json.load(sys.stdin)["outputs"] for v in o["values"]])' >"$t/right.csv"
"$E" check "$t/all.tflite" --input "$t/x.csv" --expect "$t/right.csv" >/dev/null
ok $? "outputs are what they were ($(cat "$t/right.csv"))"
values 767 'i' >"$t/y.csv"
"$E" check "$t/all.tflite" --input "$t/y.csv" >/dev/null 2>&1
[ $? = 2 ]
ok $? "an input of another number of values is refused"
sed 's/^[-0-9]*/7/' "$t/right.csv" >"$t/wrong.csv"
"$E" check "$t/all.tflite" --input "$t/x.csv" --expect "$t/wrong.csv" >/dev/null 2>&1
[ $? = 1 ]
ok $? "an output that differs ends with 1"

python3 "$here/make_tflite.py" "$t/u.tflite" 67
msg=$("$E" model "$t/u.tflite" 2>&1)
rc=$?
[ $rc = 2 ] && case "$msg" in *"operator TRANSPOSE_CONV, tensor 8 'dw': is not supported") true ;; *) false ;; esac
ok $? "an unsupported operator is named with its tensor"

refused() { # name message: the model of edge() is refused with it
    python3 "$here/make_tflite.py" "$t/edge.tflite" edge "$1" && "$E" model "$t/edge.tflite" >"$t/out" 2>&1
    [ $? = 2 ] && [ "$(wc -l <"$t/out")" = 1 ] && grep -q "operator $2" "$t/out"
    ok $? "refused: $2 ($(tail -n 1 "$t/out"))"
}
refused twice "HARD_SWISH, tensor 1 'y': is made before"
refused squeeze "SQUEEZE, tensor 1 'y': has another number of values than its input"
refused softmax-4096 "SOFTMAX, tensor 1 'y': expected rows of at most 4095 values"
refused dilated "CONV_2D, tensor 2 'w': its dilated windows are beyond 2^26 weights"

# 4095 equal values are 1/4095 each, which rounds to 0 of 256: -128.
python3 "$here/make_tflite.py" "$t/edge.tflite" edge softmax-4095 && values 4095 '100' >"$t/x.csv"
"$E" check "$t/edge.tflite" --input "$t/x.csv" --json | python3 -c 'import json,sys; sys.exit(set(json.load(sys.stdin)["outputs"][0]["values"]) != {-128})'
ok $? "softmax of the most values"
# Of pixels 10, 20 and 30 in a row, what lies behind the last is the last.
python3 "$here/make_tflite.py" "$t/edge.tflite" edge resize && echo 10,20,30 >"$t/x.csv"
"$E" check "$t/edge.tflite" --input "$t/x.csv" --json | python3 -c 'import json,sys
v = json.load(sys.stdin)["outputs"][0]["values"]
print("#", v[0], v[512], v[1024], v[-1])
sys.exit([len(v), v[0], v[512], v[1024], set(v[1024:])] != [2040, 10, 20, 30, {30}])'
ok $? "a resize reads no pixel behind the last"

"$E" model "$t/m.tflite" --width 0.5 >/dev/null 2>&1
[ $? = 2 ]
ok $? "a width does not apply"

python3 - "$E" "$t" <<'PY'
import random, subprocess, sys
e, t = sys.argv[1:]
models = [open(t + f, 'rb').read() for f in ('/m.tflite', '/all.tflite')]
random.seed(3)
worst = 0
for i in range(120):
    b = bytearray(models[i % 2])
    if i % 3 == 0:
        b = b[:random.randrange(len(b))]
    else:
        for _ in range(random.randrange(1, 6)):
            b[random.randrange(len(b))] = random.randrange(256)
    open(t + '/x.tflite', 'wb').write(b)
    r = subprocess.run([e, 'quant', t + '/x.tflite'], capture_output=True)
    if r.returncode not in (0, 2) or len(r.stderr.splitlines()) > 1:
        print('# damaged model', i, r.returncode, r.stderr[-200:])
        worst = 1
    if i % 3 == 0 and r.returncode == 0 and len(b) < 100:
        worst = 1
sys.exit(worst)
PY
ok $? "120 damaged models are refused or run, in one line"
echo "1..$n"
