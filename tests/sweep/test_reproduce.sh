#!/bin/bash
# etinysim reproduce: every cell marked, marks that can be checked by hand, a page that stands alone, figures that redraw.
set -u
sim=$PWD/${BUILD:-build}/etinysim
shared=${ETINYSIM_SHARED:-../shared}
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0
check() { # status name
    n=$((n + 1))
    [ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2"; [ -s "$t/log" ] && sed 's/^/# /' "$t/log" | head -n 12; }
}
"$sim" reproduce --paper-only -o "$t/out" --json >"$t/log" 2>&1
check $? 'runs without weights'
python3 - "$t/out" "$t/log" >"$t/bad" <<'PY'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/cells.csv")))
count = json.loads(open(sys.argv[2]).read())
cell = {(r["table"], r["row"], r["column"]): r for r in rows}
def want(key, mark, ours=None):
    r = cell[key]
    if r["mark"] != mark or (ours and not r["ours"].startswith(ours)):
        print(key, r["mark"], r["ours"])
want(("table-1", "MAdds", "EtinyNet-1.0"), "reproduced", "116.9")       # 116,901,504
want(("table-1", "Params.", "EtinyNet-1.0"), "reproduced", "976.4")     # 976,360
want(("table-1", "* peak feature memory", "EtinyNet-0.75"), "reproduced", "220.5")
want(("table-1", "DLB (last)", "EtinyNet-0.75"), "reproduced")
want(("claims", "EtinyNet-1.0, parameters (text)", "value"), "not reproducible", "976.4")
want(("table-2", "EtinyNet-1.0", "Top-1 (%)"), "reported")
want(("table-6", "Power (W)", "EtinyNet"), "fitted")
want(("table-6", "Efficiency (frames/s/mJ)", "SSA"), "the paper's arithmetic", "1.58") # 1 / (6.2 W x 10.1 ms^2)
want(("table-6", "On-chip RAM used (KB)", "EtinyNet"), "the paper's arithmetic")
want(("claims", "Power against AngelEye", "value"), "the paper's arithmetic", "5.6")
want(("claims", "512x256 pointwise: standard deviation", "value"), "not reproducible")
for r in rows:
    if r["mark"] not in ("reproduced", "reported", "not reproducible", "fitted", "the paper's arithmetic"):
        print("no mark:", r)
    if r["mark"] != "reproduced" and not r["why"]:
        print("no reason:", r)
for key, mark in (("reproduced", "reproduced"), ("reported", "reported"), ("not_reproducible", "not reproducible"), ("fitted", "fitted"), ("arithmetic", "the paper's arithmetic")):
    if count[key] != sum(r["mark"] == mark for r in rows):
        print("count of", mark)
if len(rows) < 150 or len(cell) != len(rows):
    print(len(rows), "cells,", len(cell), "names")
PY
cp "$t/bad" "$t/log"
[ ! -s "$t/bad" ]
check $? 'cells carry the marks that hand calculation gives, and a reason'
! grep -Eq '(src|href)="(https?:|/|[a-z]+\.)' "$t/out/reproduction.html" && grep -q '<svg' "$t/out/reproduction.html"
check $? 'the page stands alone, with its figures inside'
(cd "$t/out" && cp figure-1.svg old.svg && gnuplot figure-1.gp && cmp -s figure-1.svg old.svg)
check $? 'figure 1 redraws from its .gp and .tsv to the same bytes'
"$sim" reproduce --paper-only -o "$t/again" -q && cmp -s "$t/out/reproduction.html" "$t/again/reproduction.html"
check $? 'the same again gives the same bytes'
"$sim" reproduce --paper-only -o "$t/out" --weights nowhere.params >/dev/null 2>"$t/log"
[ $? = 2 ] && [ "$(wc -l <"$t/log")" = 1 ]
check $? 'weights that do not exist are refused in one line'
# A folder's name with a quote, a backslash and a newline is still one JSON string.
odd=$(printf '%s/a"b\\c\nd' "$t")
"$sim" reproduce --paper-only -o "$odd" --json >"$t/log" 2>&1 &&
    python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))["folder"] != sys.argv[2])' "$t/log" "$odd"
check $? 'an odd folder name is valid JSON'
w=$shared/weights/etinynet-1.0-imagenet.params
if [ -r "$w" ]; then
    "$sim" reproduce --paper-only -o "$t/w" --weights "$w" -q 2>"$t/log"
    [ $? = 0 ] && [ "$(grep -c '<svg' "$t/w/reproduction.html")" = 4 ] && grep -q 'zeros after 4-bit DoReFa,value,nearly 60%,63.1%,.*not reproducible' "$t/w/cells.csv"
    check $? 'figures 3 and 4 from the trained weights'
    # Entropy falls and the error hardly moves with the deviation; both rise with the variance.
    awk '$1 == 1 && $2 == 1 { a = $4 } $1 == 1 && $2 == 5 { b = $4 } $1 == 2 && $2 == 1 { c = $4; f = $3 } $1 == 2 && $2 == 5 { d = $4; g = $3 }
        END { exit !(a > b + 1 && d > c + 1 && g > 2 * f) }' "$t/w/figure-4b.tsv"
    check $? 'figure 4: the trend of the paper needs the standard deviation'
else
    n=$((n + 1))
    echo "ok $n - figures 3 and 4 # SKIP no shared data"
fi
echo "1..$n"
