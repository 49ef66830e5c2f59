#!/bin/bash
# `etinysim npu` and `accelerator` from outside: the published column, what does not fit, bad descriptions, the database.
E=$BUILD/etinysim
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
n=0
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$T/out" "$T/err" 2>/dev/null | tail -5; fi; }
run() { "$E" "$@" >"$T/out" 2>"$T/err"; rc=$?; }
json() { python3 -c "import json,sys; d=json.load(open('$T/out')); sys.exit(not ($1))"; }
A=costmodel/accelerators/xc7a100t-etinynet.yaml

run npu etinynet-0.75 --accel xc7a100t-etinynet --wbits 4 --json
json 'abs(d["seconds"]*1e3-9.7)<0.2 and abs(d["watts"]-0.62)<1e-6 and d["bram36"]==128 and d["fits"] and d["onchip_bytes"]==576*1024'
ok $((rc | $?)) "Table 6, fitted column: 9.7 ms, 0.62 W, 128 BRAM36"
json 'd["calibration"]["fitted"] and d["calibration"]["constant"]=="lut_pj" and d["calibration"]["watts_before"]<0.62'
ok $? "the one constant and the power without it are in the output"
json 'sum(l["cycles"] for l in d["layers"])==d["cycles"] and sum(l["macs"] for l in d["layers"])==d["macs"]==73007880'
ok $? "layers sum to the totals"
json 'all(k in d for k in "accelerator clock_hz cycles seconds watts energy_uj fits bram36 dsp lut onchip_bytes layers".split())'
ok $? "keys"

run npu etinynet-1.0 --accel xc7a100t-etinynet --wbits 8
grep -q 'weights.*at layer .* bytes more than the 331776' "$T/err" && [ $rc = 1 ]
ok $? "what does not fit: layer, bytes, exit 1"
run npu etinynet-0.75 --accel xc7a100t-etinynet --input 256
grep -q 'features.*at layer conv0, .* bytes more' "$T/err" && [ $rc = 1 ]
ok $? "maps that do not fit, exit 1"

bad() { # description of the fault, sed program, text expected in the message
    sed "$2" $A >"$T/bad.yaml"
    run npu etinynet-0.75 --accel "$T/bad.yaml"
    [ $rc = 2 ] && grep -Eq "bad.yaml:[0-9]+: .*$3" "$T/err" && [ ! -s "$T/out" ]
    ok $? "bad description, $1: exit 2 with file and line"
}
bad 'missing width' '0,/    word_bits: 64/{/    word_bits: 64/d}' word_bits
bad 'zero rows' 's/rows: 12/rows: 0/' 'out of range'
bad 'zero lanes' 's/lanes: 12/lanes: 0/' 'out of range'
bad 'negative power' 's/watts: 0.103/watts: -1/' 'out of range'
bad 'a unit in a number' 's/hz: 64e6/hz: 64MHz/' 'not a number'
bad 'unknown key' 's/    latency: 16/    latency: 16\n    speed: 3/' 'unknown key'
bad 'no source' 's/, source: xilinx-ds181}$/}/' 'source'
bad 'unknown operation' 's/serves: \[conv2d,/serves: [conv3d,/' 'none of'
bad 'unequal banks' 's/blocks: 56/blocks: 57/' 'equal banks'
bad 'twice the same memory' 's/name: lines/name: features/' 'second memory'
bad 'truncated' '/^memories:/,$d' 'memories'
sed 's/read_pj: 10/read_pj: -10/' costmodel/energy/fpga-28nm.yaml >"$T/neg.yaml"
run npu etinynet-0.75 --accel xc7a100t-etinynet --energy "$T/neg.yaml"
[ $rc = 2 ] && grep -Eq 'neg.yaml:[0-9]+: .*out of range' "$T/err"
ok $? "negative energy: exit 2 with file and line"
run npu etinynet-0.75 --accel nowhere
[ $rc = 2 ] && grep -q 'known: .*tinynpu' "$T/err"
ok $? "unknown accelerator names the known ones"
for args in '--wbits 0' '--wbits 65' '--wbits 4x' '--width -1' '--set x=1' '--set clock_hz' '--set engine.array.rows=0' \
    '--fps 3' '--energy cacti-1nm' '--factor 1' '--system nowhere' '--mcu-run 3' '--set node_nm=5' '--wbits 32'; do
    run npu etinynet-0.75 --accel xc7a100t-etinynet $args
    [ $rc = 2 ] && [ "$(wc -l <"$T/err")" = 1 ]
    ok $? "npu $args: exit 2 and one line"
done

run npu etinynet-0.75 --accel xc7a100t-etinynet --wbits 4 --db "$T/x.db" -q && run npu etinynet-0.75 --accel tinynpu --db "$T/x.db" -q
[ $rc = 0 ] && run report runs --db "$T/x.db" --json && json 'len(d if isinstance(d,list) else d["rows"])==2'
ok $? "two runs in one database"
run report layers --db "$T/x.db" --format csv
[ $rc = 0 ] && grep -q 'LB1.1.pw' "$T/out"
ok $? "report layers reads them"

run npu etinynet-0.75 --accel tinynpu --system stm32l4r9 --fps 30 --json
json 'd["system"]["holds"] and d["system"]["low"]["total_mw"]<d["system"]["nominal"]["total_mw"]<d["system"]["high"]["total_mw"]<160'
ok $((rc | $?)) "TinyNPU and STM32L4R9 at 30 frames/s stay below the published 160 mW"
run npu etinynet-0.75 --accel tinynpu --system stm32l4r9 --fps 30
grep -q 'published: 160 mW at 30 frames/s' "$T/out" && grep -q 'remain$' "$T/out"
ok $? "the published system's budget is beside the band"
run npu etinynet-0.75 --accel tinynpu --system stm32l4r9 --fps 1000
[ $rc = 1 ] && grep -q 'does not hold' "$T/err"
ok $? "a frame rate that does not hold: exit 1"
for table in horowitz-45nm aladdin-40nm cacti-65nm cacti-45nm cacti-32nm; do
    run npu etinynet-0.75 --accel tinynpu --energy $table --json
    json "d['energy_table']=='$table' and 1e2 < d['energy_uj'] < 1e4"
    ok $((rc | $?)) "energy table $table, named in the output"
done
cp costmodel/energy/cacti-45nm.yaml "$T/mine.yaml"
run npu etinynet-0.75 --accel tinynpu --energy "$T/mine.yaml" --json
json "d['energy_table']=='mine'"
ok $((rc | $?)) "an energy table of one's own"
run npu etinynet-0.75 --accel xc7a100t-etinynet --wbits 4 --tornado --explore --map --accesses
[ $rc = 0 ] && grep -q 'lut_pj' "$T/out" && grep -q 'none of those listed is beaten' "$T/out" && grep -q 'highest byte' "$T/out"
ok $? "sensitivity, designs, memory map"
printf 'overlay_of: xc7a100t-etinynet\ncalibrated: "a made-up board"\nscale: {energy: 1.5, npu.compute: 1.25}\n' >"$T/over.yaml"
run npu etinynet-0.75 --accel "$T/over.yaml" --json --db "$T/o.db"
json 'abs(d["energy_uj"]/6004.20-1.5)<1e-3 and abs(d["cycles"]-(619788+556486/4))<60 and "made-up" in d["overlay"]'
ok $((rc | $?)) "an overlay scales energy and cycles and is named"
cp "$T/out" "$T/first"
run report runs --db "$T/o.db" --json
python3 - "$T/first" "$T/out" <<'PY'
import json, sys
a = json.load(open(sys.argv[1])); b = json.load(open(sys.argv[2])); b = (b if isinstance(b, list) else b["rows"])[0]
sys.exit(not (abs(a["cycles"] / b["inference_cycles"] - 1) < 1e-4 and abs(a["energy_uj"] / b["inference_energy_uj"] - 1) < 1e-9))
PY
ok $? "the database says the same"
run npu etinynet-0.75 --accel xc7a100t-etinynet --json
json 'd["counts"]=="synthesised" and (d["dsp"],d["lut"],d["ff"])==(217,34499,10109) and 0<d["cells_ps"]<1e12/d["clock_hz"]'
ok $((rc | $?)) "the shipped design's cells are those that yosys counts (make synth), and its slowest path fits the clock"
run npu etinynet-0.75 --accel xc7a100t-etinynet --set engine.array.columns=16 --set vector_lanes=16
grep -q '289 DSP needed, the device has 240' "$T/err" && [ $rc = 1 ] # 12 x 16 + 6 x 16 + 1
ok $? "more DSPs than the chip has do not fit"
run npu --published --json
json 'len(d["points"])>60 and {p["set"] for p in d["points"]}=={"eyeriss-alexnet","eyeriss-vgg16","finn","fpgaconvnet","hls4ml","k210","max78000","table-6"} and all(p["why"] and abs(p["predicted"]/p["published"]-1-p["error"])<1e-9 for p in d["points"])'
ok $((rc | $?)) "published silicon: predicted, published, error and why for every point"
# Conv_29 of the smallest design by hand: 125 positions of 64 x 64 products, two at a time, are 256,000 cycles = 2.048 ms;
# the stages before and behind it only fill and finish, so that a frame is longer, but not by half.
json 'all(2.048<p["predicted"]<3.1 for p in d["points"] if p["point"].startswith("ZyBo, KWS"))'
ok $? "a frame of a pipeline takes its slowest stage and what fills it"
run npu etinynet-0.75 --published
[ $rc = 2 ] && [ "$(wc -l <"$T/err")" = 1 ]
ok $? "--published with a network: exit 2, one line"
for a in $("$E" accelerator list); do
    run accel show "$a"
    ok $rc "accelerator show $a"
done
echo "1..$n"
