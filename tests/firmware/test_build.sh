#!/bin/bash
# `etinysim build`: the same network code computes the host's logits in qemu-system-arm; errors are one line and leave nothing.
set -u
B=$BUILD/etinysim
n=0
point() { n=$((n + 1)); echo "$1 $n - $2"; }
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
small=(etinynet-1.0 --width 0.25 --input 96)
json() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
log() { timeout 120 qemu-system-arm -M "$1" -display none -semihosting -serial stdio -kernel "$2" </dev/null; }

if ! command -v qemu-system-arm >/dev/null; then
    point ok 'firmware logits equal the host reference # SKIP no qemu-system-arm'
else
    for m in mps2-an386 mps2-an500; do
        for how in 'fast inplace 8' 'fast pingpong 8' 'reference inplace 8' 'fast inplace 4' 'reference pingpong 4'; do
            read -r k p w <<<"$how"
            want=$("$B" build "${small[@]}" --board $m --kernels "$k" --plan "$p" --wbits "$w" --json -o "$t/f.elf" | json logits_crc32)
            log $m "$t/f.elf" >"$t/log"
            if [ -n "$want" ] && grep -q "^logits,0,crc32,$want\$" "$t/log" && [ "$(tail -n 1 "$t/log")" = end ]; then
                point ok "$m $how: logits equal the host reference"
            else
                point 'not ok' "$m $how: logits equal the host reference (want $want, got $(grep logits "$t/log"))"
            fi
        done
    done
    for net in 'mobilenet-v3-small-0.35 --input 64' 'shufflenet-v2-0.5 --input 64' 'micronet-m2 --input 64'; do
        for m in mps2-an386 mps2-an500; do
            # shellcheck disable=SC2086
            want=$("$B" build $net --board $m --json -o "$t/f.elf" | json logits_crc32)
            log $m "$t/f.elf" >"$t/log"
            [ -n "$want" ] && grep -q "^logits,0,crc32,$want\$" "$t/log" && point ok "$m ${net%% *}: logits equal the host reference" ||
                point 'not ok' "$m ${net%% *}: logits equal the host reference"
        done
    done
    python3 tests/net/make_tflite.py "$t/m.tflite"
    python3 tests/net/make_tflite.py "$t/all.tflite" all
    cat >"$t/narrow.yaml" <<'YAML'
assumed: a classifier that ends in an activation, so that its logits are an int8 map
input: 24
classes: 7
layers:
  - {op: conv, name: c, out: 9, kernel: 5, stride: 3, act: hswish, bn: before_act}
  - {op: gap, name: g}
  - {op: pw, name: f, out: 7, act: swish, bias: true}
YAML
    for f in m.tflite all.tflite narrow.yaml; do
        want=$("$B" build "$t/$f" --board mps2-an386 --json -o "$t/f.elf" | json logits_crc32)
        log mps2-an386 "$t/f.elf" >"$t/log"
        [ -n "$want" ] && grep -q "^logits,0,crc32,$want\$" "$t/log" && point ok "$f: logits equal the host reference" ||
            point 'not ok' "$f: logits equal the host reference"
    done
    for m in mps2-an386 mps2-an500; do
        "$B" build etinynet-ssd --input 128 --board $m --json -o "$t/f.elf" >"$t/json" && log $m "$t/f.elf" >"$t/log"
        if python3 - "$t/json" "$t/log" <<'PY'
import json, sys
want = json.load(open(sys.argv[1]))
lines = [l.strip().split(",") for l in open(sys.argv[2])]
got = [[int(v) for v in l[2:]] for l in lines if l[0] == "detect"]
crc = [l[3] for l in lines if l[0] == "logits"]
sys.exit(not (got and got == want["detections"] and crc == [want["logits_crc32"]]))
PY
        then point ok "$m: EtinyNet-SSD's heads and detections equal the host's"
        else point 'not ok' "$m: EtinyNet-SSD's heads and detections equal the host's"; fi
    done
    S=${ETINYSIM_SHARED:-../shared}
    if [ -d "$S/images" ]; then
        "$B" build etinynet-1.0 --board mps2-an386 --weights "$S"/weights/etinynet-1.0-imagenet.params --calibrate "$S/images/calibration" \
            --image "$S/images/chelsea_224.png" -q -o "$t/f.elf" && log mps2-an386 "$t/f.elf" >"$t/log"
        grep -q '^top,1,285,' "$t/log" && point ok 'EtinyNet-1.0 names chelsea in qemu' || point 'not ok' 'EtinyNet-1.0 names chelsea in qemu'
    else
        point ok 'EtinyNet-1.0 names chelsea in qemu # SKIP no shared data'
    fi
    "$B" build "${small[@]}" --board mps2-an386 --repeat 3 -q -o "$t/f.elf" && log mps2-an386 "$t/f.elf" >"$t/log"
    [ "$(grep -c '^logits' "$t/log")" = 3 ] && [ "$(grep '^logits' "$t/log" | cut -d, -f4 | sort -u | wc -l)" = 3 ] &&
        point ok 'repetitions run on other pixels' || point 'not ok' 'repetitions run on other pixels'
fi

for b in stm32f401 stm32f407 stm32f412 stm32f446 stm32f746 stm32h743 stm32l4r5 stm32l4r9; do
    "$B" build "${small[@]}" --board $b -q -o "$t/$b.elf" && point ok "$b builds" || point 'not ok' "$b builds"
done
# A board by another name, of a core by another name: its file alone says what to build for.
mkdir -p "$t/data/isa/cores"
sed 's/^name: .*/name: my-core/' isa/cores/cortex-m7.yaml >"$t/data/isa/cores/my-core.yaml"
sed 's/^name: .*/name: my-board/; s/^core: .*/core: my-core/' sim/boards/stm32f746.yaml >"$t/my-board.yaml"
ETINYSIM_DATA=$t/data "$B" build "${small[@]}" --board "$t/my-board.yaml" -q -o "$t/f.elf" &&
    ETINYSIM_DATA=$t/data "$B" run "$t/f.elf" --board "$t/my-board.yaml" --wide | grep -q '^board,my-board,core,my-core' &&
    point ok 'a copied board with a copied core builds and runs' || point 'not ok' 'a copied board with a copied core builds and runs'
"$B" build etinynet-ssd --board stm32f746 -q -o "$t/f.elf" && point ok 'EtinyNet-SSD at 256 builds for stm32f746' ||
    point 'not ok' 'EtinyNet-SSD at 256 builds for stm32f746'
"$B" build "${small[@]}" --board stm32f412 -q -o "$t/again.elf"
cmp -s "$t/stm32f412.elf" "$t/again.elf" && point ok 'two builds give the same bytes' || point 'not ok' 'two builds give the same bytes'
code=$("$B" build etinynet-1.0 --board stm32f412 --json -o "$t/f.elf" | json code_bytes)
[ "${code:-99999}" -lt 49152 ] && point ok "code is below 48 KiB ($code bytes)" || point 'not ok' "code is below 48 KiB ($code bytes)"

cat >"$t/o\"d.yaml" <<'YAML'
assumed: names that C, JSON and CSV would trip over
input: 32
classes: 4
layers:
  - {op: conv, name: 'c"0\*/', out: 4, stride: 2, act: relu, bn: before_act}
  - {op: pw, name: "a.b", out: 8, act: relu, bn: before_act}
  - {op: pw, name: "a_b", out: 8, act: relu, bn: before_act}
  - {op: gap, name: "main,x"}
  - {op: fc, name: fc}
YAML
"$B" build "$t/o\"d.yaml" --board stm32f412 --json -o "$t/f.elf" | json peak_layer >"$t/out" 2>/dev/null && [ "$(cat "$t/out")" = 'c"0\*/' ] &&
    "$B" run "$t/f.elf" --board stm32f412 --json | python3 -c 'import json,sys; d=json.load(sys.stdin); sys.exit([l["name"] for l in d["layers"]] != ["c_0___", "a.b", "a_b", "main_x", "fc"])' &&
    point ok 'odd and equal-looking layer names' || point 'not ok' 'odd and equal-looking layer names'

refused() { # exit code, pattern, arguments
    local want=$1 pattern=$2
    shift 2
    rm -f "$t/no.elf"
    TMPDIR=$t/tmp "$B" build "$@" -o "$t/no.elf" >"$t/out" 2>"$t/err"
    local rc=$?
    if [ $rc = "$want" ] && [ "$(wc -l <"$t/err")" = 1 ] && grep -q -- "$pattern" "$t/err" && [ ! -s "$t/out" ] && [ ! -e "$t/no.elf" ] &&
        [ -z "$(ls -A "$t/tmp")" ]; then
        point ok "exit $want: $pattern"
    else
        point 'not ok' "exit $want: $pattern (was $rc: $(cat "$t/err"))"
    fi
}
mkdir "$t/tmp"
refused 2 "unknown board 'nosuch'" "${small[@]}" --board nosuch
refused 2 'unknown network' nosuch --board stm32f412
refused 2 '--wbits: 5' "${small[@]}" --board stm32f412 --wbits 5
refused 2 '--quant asq does not go with' "${small[@]}" --board stm32f412 --quant asq
refused 2 "--plan: 'best'" "${small[@]}" --board stm32f412 --plan best
refused 2 "--patches: 'few'" "${small[@]}" --board stm32f412 --patches few
refused 2 "--patches: '1'" "${small[@]}" --board stm32f412 --patches 1
refused 2 '--patches does not go with --plan pingpong' "${small[@]}" --board stm32f412 --patches 4 --plan pingpong
refused 2 'no first stage of 300 strips' "${small[@]}" --board stm32f412 --patches 300
refused 2 '--repeat: 0' "${small[@]}" --board stm32f412 --repeat 0
refused 2 'nosuch.png' "${small[@]}" --board stm32f412 --image nosuch.png
refused 2 'nosuch.params' "${small[@]}" --board stm32f412 --weights nosuch.params
sed '/^firmware/,/^$/d' sim/boards/stm32f407.yaml >"$t/bare.yaml"
refused 2 'its file names no start-up code' "${small[@]}" --board "$t/bare.yaml"
sed 's/^core: .*/core: cortex-m33/' sim/boards/stm32f407.yaml >"$t/m33.yaml"
refused 2 "unknown core 'cortex-m33'" "${small[@]}" --board "$t/m33.yaml"
refused 1 'SRAM is short by [0-9]* bytes .* the fullest layer is conv0; would fit: --input 192' etinynet-1.0 --board stm32f407
refused 1 'SRAM is short by [0-9]* bytes .* the fullest layer is B2.1.[a-z]*; would fit: --patches 8 or --input' mobilenet-v2-0.35 --wbits 4 --board stm32f746
refused 1 'would fit: --patches 8 or' mobilenet-v2-0.35 --wbits 4 --board stm32f746 --patches 2
refused 1 'flash is short by [0-9]* bytes .* its largest layer is fc.*; would fit: --width' etinynet-1.0 --width 2 --input 96 --board stm32f412
# Where the arena lies: DTCM (128 KiB on STM32H743, 64 on F746) before SRAM, SRAM1 of STM32L4R5 (up to 0x20030000) before SRAM2 (64 KiB)
# and SRAM3, and only as far as it has to.
arena() { # network and options, board, then what the bytes of each bank must be, `arena` standing for all of it
    "$B" build $1 --board "$2" --json -o "$t/a.elf" >"$t/a.json" && "$B" run "$t/a.elf" --board "$2" --json >"$t/r.json" &&
        python3 - "$t" "$3" <<'PY'
import json, sys
b, r = (json.load(open(f"{sys.argv[1]}/{f}.json")) for f in "ar")
at, arena = b["arena_at"], b["arena_bytes"]
assert {x["name"]: x["bytes"] for x in b["arena_banks"]} == eval(sys.argv[2]), b
used = {x["region"] for x in r["regions"]}
assert all(x["name"] in used for x in b["arena_banks"]) and ("axisram" in used) == ("axisram" in sys.argv[2]), used
PY
    if [ $? = 0 ]; then point ok "$2 $1: the arena lies in $3"; else point 'not ok' "$2 $1: the arena lies in $3"; fi
}
arena 'etinynet-0.25 --input 96' stm32h743 '{"dtcm": arena}'
arena 'etinynet-1.0 --input 224 --width 0.25' stm32h743 '{"axisram": arena}'
arena 'etinynet-0.25 --input 96' stm32l4r5 '{"sram1": arena}'
arena 'etinynet-1.0 --input 320 --width 0.25' stm32l4r5 '{"sram1": 0x20030000 - at, "sram2": 65536, "sram3": arena - 65536 - (0x20030000 - at)}'
"$B" build etinynet-0.25 --input 96 --board stm32f746 -o "$t/a.elf" | grep -q '^  arena  at 0x2000[0-9a-f]*: dtcm [0-9]* bytes (no waits); the fastest memory, it fits$' &&
    "$B" build etinynet-0.25 --input 224 --board stm32f746 -o "$t/a.elf" | grep -q '^  arena  at 0x20010000: sram1 [0-9]* bytes (through the data cache); .*does not fit the 65536 bytes'
if [ $? = 0 ]; then point ok 'build says where the arena lies, and why'; else point 'not ok' 'build says where the arena lies, and why'; fi
real=$B
mkdir "$t/empty"
B=$t/bare
printf '#!/bin/bash\nPATH=%s exec %s "$@"\n' "$t/empty" "$(realpath "$real")" >"$B"
chmod +x "$B"
refused 5 'arm-none-eabi-gcc: not found' "${small[@]}" --board stm32f412
printf '#!/bin/sh\necho "x.c:1: error: no such luck"\nexit 1\n' >"$t/empty/arm-none-eabi-gcc"
chmod +x "$t/empty/arm-none-eabi-gcc"
refused 5 'failed: x.c:1: error: no such luck' "${small[@]}" --board stm32f412
B=$real
"$B" build "${small[@]}" --board stm32f412 -q -o "$t/nodir/f.elf" 2>"$t/err"
[ $? = 5 ] && [ "$(wc -l <"$t/err")" = 1 ] && point ok 'exit 5: the output cannot be written' || point 'not ok' 'exit 5: the output cannot be written'
