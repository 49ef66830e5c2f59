#!/bin/bash
# The project's own trained models: their size, their accuracy on held-out images through the host reference, and the
# simulated firmware's logits beside the host's, bit for bit.
set -u
E=${BUILD:-build}/etinysim
M=workloads/models
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi; }

bytes=$(cat $M/* workloads/images/shapes.[ch] | wc -c)
[ "$bytes" -le 400000 ]
ok $? "generator, training program, logs and weights are $bytes bytes, at most 400000"

# width, file, bits, quantiser, images, least accuracy in percent (a point, or 3 for few images, below docs/trained.md)
while read -r w file bits quant images least; do
    top1=$("$E" quant etinynet-shapes --width "$w" --weights "$M/shapes-$w-$file.params" --calibrate shapes --wbits "$bits" \
        --quant "$quant" --heldout "$images" --json | python3 -c 'import json,sys; print(100 * json.load(sys.stdin)["heldout_top1"])')
    python3 -c "import sys; sys.exit(not $top1 >= $least)"
    ok $? "width $w, $file, $bits bits: $top1 % of $images held-out images, at least $least"
done <<'LIST'
0.25 asq 4 asq 1000 91.1
0.25 float 8 int8 200 89
0.25 dorefa 4 dorefa 200 89
0.125 float 8 int8 200 82
0.125 asq 4 asq 200 82
0.125 dorefa 4 dorefa 200 82
LIST

"$E" shapes --count 8 -o "$t/cal" && "$E" shapes --first 1000000 --count 2 -o "$t/held"
same=0 runs=0
for how in 'float 8 int8' 'asq 4 asq' 'dorefa 4 dorefa'; do
    set -- $how
    for f in "$t"/held/*.png; do
        "$E" build etinynet-shapes --weights $M/shapes-0.25-$1.params --calibrate "$t/cal" --wbits $2 --quant $3 --image "$f" \
            --board stm32f412 -o "$t/f.elf" --json >"$t/b.json" 2>/dev/null && "$E" run "$t/f.elf" --board stm32f412 --json >"$t/r.json" 2>/dev/null
        runs=$((runs + 1))
        python3 - "$t" <<'PY' && same=$((same + 1))
import json, sys
b, r = (json.load(open('%s/%s.json' % (sys.argv[1], x))) for x in 'br')
line = [l for l in r['uart'].split('\n') if 'crc32' in l]
sys.exit(not (r['top1'] == b['top1'] and line and b['logits_crc32'] in line[0]))
PY
    done
done
[ "$same" = "$runs" ] && [ "$runs" -gt 0 ]
ok $? "simulated firmware's logits equal the host reference's in $same of $runs runs"
echo "1..$n"
