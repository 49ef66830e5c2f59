#!/bin/bash
# `evaluate: DIR` of a sweep: each network's agreement with floating point is that of `quant --evaluate`, is measured once, and is
# shown in the table and the figure. BUILD=DIR.
cd "$(dirname "$0")/../.." || exit 1
E=$PWD/${BUILD:-build}/etinysim
. tests/tools/tap.sh
cd "$t" || exit 1
"$E" shapes --size 32 --count 9 -o img >log
if ! command -v arm-none-eabi-gcc >/dev/null; then echo '1..0 # SKIP no arm-none-eabi-gcc' && exit 0; fi
printf 'name: s\nnetwork: etinynet-0.25\ninput: [32, 48]\nwbits: [8, 4]\nboard: [stm32f746, stm32f412]\nevaluate: img\n' >s.yaml
"$E" sweep s.yaml --db s.db -q >out 2>log
point $? 'a sweep with images to evaluate'
value() { # point's condition, member of `evaluation`
    sqlite3 s.db "SELECT DISTINCT json_extract(config_json, '\$.evaluation.$2') FROM point JOIN run ON run.id = point.run WHERE $1"
}
for bits in 8 4; do
    # One value for both boards, of the same nine images.
    want=$("$E" quant etinynet-0.25 --input 32 --wbits $bits --evaluate img --json | python3 -c 'import json,sys
e = json.load(sys.stdin)["evaluation"]; print(e["images"], "%.12g" % e["agreement"], "%.9g" % e["sqnr_db_median"])')
    at="json_extract(params_json, '\$.input') = 32 AND json_extract(params_json, '\$.wbits') = $bits"
    got="$(value "$at" images) $(value "$at" agreement | xargs printf '%.12g') $(value "$at" sqnr_db_median | xargs printf '%.9g')"
    [ "$want" = "$got" ] && [ "${want%% *}" = 9 ]
    point $? "agreement of $bits-bit weights is that of quant: $got"
done
[ "$(value "json_extract(params_json, '\$.input') = 48" reason)" = 'img: holds no PNG of 48x48 pixels' ]
point $? 'a size without images says so'
"$E" report sweep --db s.db --format csv >out 2>log && python3 - <<'PY' >log
import csv
rows = list(csv.DictReader(line for line in open('out') if not line.startswith('#')))
print(rows)
key = [k for k in rows[0] if k.startswith('agreement') or k.startswith('Same')][0]
have = [r for r in rows if r[key] not in ('', '-')]
assert len(rows) == 8 and len(have) == 4, (len(rows), len(have))
PY
point $? 'the table has it for four of eight points'
if command -v gnuplot >/dev/null; then
    "$E" plot agreement --db s.db -o a.svg >out 2>log && grep -q 'Agreement, 9 images' a.svg
    point $? 'the figure shows it'
else
    skip 'the figure' 'no gnuplot'
fi
# Points that an earlier sweep stored without it.
sqlite3 s.db "UPDATE run SET config_json = json_remove(config_json, '\$.evaluation')" && "$E" sweep s.yaml --db s.db -q >out 2>log
[ "$(value "json_extract(params_json, '\$.input') = 32" images)" = 9 ]
point $? 'points that are known get it, too'
sed 's/img/none/' s.yaml >bad.yaml
"$E" sweep bad.yaml --db bad.db >out 2>log
[ $? = 2 ] && grep -q 'bad.yaml:6: ./*none: cannot be read\|bad.yaml:6: none: cannot be read' log
point $? 'a folder that there is not is refused'
echo "1..$n"
exit $bad
