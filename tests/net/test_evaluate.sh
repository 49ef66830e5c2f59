#!/bin/bash
# `quant --evaluate DIR`: its figures follow from the lines that --image prints for the same images, worked out here anew.
E=${BUILD:-build}/etinysim
. tests/tools/tap.sh
quant() { "$E" quant etinynet-shapes --weights workloads/models/shapes-0.25-float.params --width 0.25 --calibrate shapes "$@"; }
"$E" shapes --first 1000000 --count 13 -o "$t/images" >/dev/null
args=()
for f in "$t"/images/*.png; do args+=(--image "$f"); done
quant "${args[@]}" --evaluate "$t/images" --json >"$t/json" && quant --evaluate "$t/images" >"$t/text"
point $? 'thirteen held-out images are evaluated'
python3 - "$t/json" <<'P'
import json, math, sys
d = json.load(open(sys.argv[1]))
e, images = d["evaluation"], d["images"]
db = sorted(i["sqnr_db"] for i in images)
same = sum(i["top1"] == i["float_top1"] for i in images)
assert e["images"] == 13 == len(images)
assert e["agreement"] == same / 13
assert abs(e["sqnr_db_median"] - db[6]) < 1e-9
# the 10th percentile of 13 values lies at 1.2: a fifth of the way from the second to the third
assert abs(e["sqnr_db_p10"] - (db[1] + 0.2 * (db[2] - db[1]))) < 1e-9
assert 0 <= e["top5_overlap"] <= 1 and e["agreement_low"] <= e["agreement"] <= e["agreement_high"] + 1e-12
# Wilson's interval solves |p - q| = z sqrt(q (1 - q) / n) at both ends
for q in (e["agreement_low"], e["agreement_high"]):
    assert abs(abs(e["agreement"] - q) - 1.959964 * math.sqrt(max(q * (1 - q), 0) / 13)) < 1e-6
P
point $? 'agreement, its interval, median and 10th percentile are those of the single images'
grep -qE '^13 images of .*: same class [0-9.]+ % \(95 % confidence: [0-9.]+ to [0-9.]+\), top-5 overlap [0-9.]+ %, logit SQNR median [0-9.]+ dB' "$t/text"
point $? 'the text says the same'
mkdir "$t/empty"
quant --evaluate "$t/empty" >/dev/null 2>"$t/err"
[ $? = 2 ] && grep -q 'empty: holds no PNG of' "$t/err"
point $? 'a folder without images is refused'
echo "1..$n"
exit $bad
