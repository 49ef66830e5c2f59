#!/bin/bash
# A network on a TinyNPU: firmware and device over the modelled SPI give the host reference's results, in the time that bits and
# clocks say; faults on the wires, a missing interrupt and lost power are found and mended, and nothing wrong is printed as right.
. tests/tools/tap.sh
E=${BUILD:-build}/etinysim
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - offload # SKIP no arm-none-eabi-gcc"; exit 0; }
"$E" shapes --count 8 -o "$t/calib" && "$E" shapes --first 1000000 --count 2 -o "$t/held" || exit 1
build() { "$E" build etinynet-shapes --weights workloads/models/shapes-0.25-float.params --calibrate "$t/calib" --image "$t/held" \
    --board stm32l4r9 --offload tinynpu "$@" 2>"$t/err"; }
run() { timeout 60 "$E" run "$t/s.elf" --board stm32l4r9 --max-cycles 400000000 --json \
    --attach "tinynpu=spi1,cs=PA4,irq=PB0,network=etinynet-shapes$1" "${@:2}" >"$t/json" 2>"$t/err"; }
uart() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["uart"], end="")' "$t/json" >"$t/out"; }
build --repeat 3 --json -o "$t/s.elf" >"$t/built"
python3 - "$t" <<'PY'
import json, sys
b = json.load(open(sys.argv[1] + '/built'))['expected']
with open(sys.argv[1] + '/want', 'w') as f:
    for n in range(3):
        f.write(f"frame,{n},crc32,{b[n % 2]['logits_crc32']},top,{b[n % 2]['top1']},\n")
PY
right() { sed -n 's/^\(frame,[0-9]*,crc32,[0-9a-f]*,top,[0-9]*,\).*/\1/p' "$t/out" | cmp -s - "$t/want"; }
retried() { grep -qE 'retries,[1-9]' "$t/out"; }

run ,accel=tinynpu && uart && right && ! retried && [ "$(tail -n 1 "$t/out")" = end ]
point $? 'three frames have the logits of the host reference, without a retry'
run ,accel=tinynpu,banks=2 && uart && right && ! retried
point $? 'the same with a device that takes the next image while it computes'
# Times. A byte takes 8 bits at 60 MHz: the image of 64 x 64 x 3 bytes and 12 around it 1640 us, and little more (CPU between header,
# image and CRC). The accelerator computes as many cycles of 100 MHz as its model says without the link.
run ,accel=tinynpu --account --power "$t/power.tsv" --timeline "$t/timeline.json"
"$E" npu etinynet-shapes --accel tinynpu --json >"$t/npu.json"
python3 - "$t" >"$t/log" 2>&1 <<'PY'
import json, sys
d = sys.argv[1]
events = [e for e in json.load(open(d + '/timeline.json'))['traceEvents'] if e['ph'] == 'X']
wires = [e['dur'] for e in events if e['tid'] == 1 and e['name'] == 'selected']
images = [w for w in wires if 1500 < w < 2000]
assert len(images) == 3 and all(1640 <= w <= 1655 for w in images), sorted(wires)
npu = json.load(open(d + '/npu.json'))
computed = sum(e['dur'] for e in events if e['tid'] == 0 and e['name'] not in ('idle', 'off', 'asleep'))
want = 3 * sum(layer['cycles'] - layer['link'] for layer in npu['layers']) / 100
assert abs(computed - want) < 0.05, (computed, want)
a = json.load(open(d + '/json'))['account']
# The window holds two whole periods. The core draws 208 uA/MHz x 1.8 V x 120 MHz = 44.93 mW while it runs, 0.6 mA x 1.8 V asleep.
assert a['frames'] == 2, a
mean = 44.928 * a['mcu_run_seconds'] / a['seconds'] + 1.08 * (1 - a['mcu_run_seconds'] / a['seconds'])
assert abs(a['nominal']['mcu run'] + a['nominal']['mcu sleep'] - mean) < 1e-3, (a, mean)
parts = sum(v for k, v in a['nominal'].items() if k not in ('total_mw', 'frame_uj'))
assert abs(parts - a['nominal']['total_mw']) < 1e-9
assert abs(a['nominal']['total_mw'] * a['seconds'] * 1e3 / 2 - a['nominal']['frame_uj']) < 1e-6
# The power over time, integrated over the window, gives the same energy without the regulator's tenth.
rows = [list(map(float, r.split())) for r in open(d + '/power.tsv').read().splitlines()[1:]]
first = [e['ts'] for e in events if e['tid'] == 0 and e['name'] == 'conv0'] or [e['ts'] for e in events if e['tid'] == 0 and e['name'] not in ('idle', 'off')]
begin, end = first[0] / 1e6, first[-1] / 1e6
mj = sum((min(b[0], end) - max(a[0], begin)) * a[4] for a, b in zip(rows, rows[1:]) if b[0] > begin and a[0] < end)
assert abs(mj / (end - begin) / (0.9 * a['nominal']['total_mw']) - 1) < 1e-3, (mj / (end - begin), a)
PY
point $? 'bits over the wires, cycles of the accelerator and the energy account agree with what they follow from'

hits=0 k=0
for f in "$t"/held/*.png; do
    k=$((k + 1)) f=${f##*_}
    [ "${f%.png}" = "$(sed -n ${k}p "$t/want" | cut -d, -f6)" ] && hits=$((hits + 1))
done
[ $hits -ge 1 ]
point $? "of two images that the model has never seen, $hits have their class"

# One flipped bit in each kind of frame. Bytes that come in: identify 1 to 12, read 13 to 69, load 70 to 24153, commit 24167,
# image 24200 to 36499, start 36513, result 36542. Bytes of answers: identify 1 to 56, load 57, commit 69, image 81, start 93, result 109.
while read -r fault what; do
    run ",fault=$fault" && uart && right && retried
    point $? "a bit of $what: found, and all results right"
done <<'TABLE'
in@1 the first byte of a request
in@6 a length
in@13 the byte that asks for an answer
in@4170 a program
in@24200 the first byte of an image
in@24205 the length of an image
in@30000 an image
in@36515 the tag of a start
in@36550 a request for the result
out@30 an identity
out@60 the status of a load
out@75 the length of an answer
out@95 the tag of an answer to a start
out@120 a result
in@30000+in@48805+out@120+out@130 four frames at once
TABLE
for k in 1 2; do
    run ",fault=mute@$k" && uart && right && retried
    point $? "interrupt $k does not come: the status tells of the result"
done
# The whole run takes less than 2 million cycles: power goes in the middle of a load, of images, of a computation, and twice.
for at in 300000 700000 900000 1100000 800000+lose@1500000; do
    run ",fault=lose@$at" && uart && [ "$(sed -n 's/^\(frame,[0-9]*,crc32,[0-9a-f]*,top,[0-9]*,\).*/\1/p' "$t/out" |
        grep -cvxFf "$t/want")" = 0 ] && { right || grep -q 'lost\|fault,' "$t/out"; } && { retried || grep -q fault, "$t/out"; }
    point $? "power is lost at cycle $at: found, and no wrong result"
done
timeout 60 "$E" run "$t/s.elf" --board stm32l4r9 --max-cycles 400000000 --json >"$t/json" 2>"$t/err"
[ $? = 1 ] && uart && grep -q '^fault,no TinyNPU' "$t/out"
point $? 'without a device the firmware says so and ends with code 1'

while read -r message options; do
    # shellcheck disable=SC2086
    build $options -o "$t/no.elf" >/dev/null
    [ $? -ge 1 ] && grep -q -- "${message//_/ }" "$t/err" && [ "$(wc -l <"$t/err")" = 1 ] && [ ! -e "$t/no.elf" ]
    point $? "refused: $message"
done <<'TABLE'
expected_stm32l4r9 --board stm32f746
expected_tinynpu --offload tpu
expected_0.1_to_1000 --fps -1
TABLE
run ,fault=lamp@3 ; [ $? = 2 ] && grep -q "fault 'lamp@3', expected" "$t/err"
point $? 'a fault that is not known is refused'
run ,accel=xc7a100t-etinynet; [ $? = 1 ] && uart && grep -q '^fault,the program was not taken' "$t/out"
point $? 'a program of 8-bit weights is not taken by an array of 4 bits'
timeout 60 "$E" run "$t/s.elf" --board stm32l4r9 --attach tinynpu=spi1,cs=PA4,network=etinynet-ssd >/dev/null 2>"$t/err"
[ $? = 2 ] && grep -q 'detector' "$t/err"
point $? 'a detector is refused'
echo "1..$n"
exit $bad
