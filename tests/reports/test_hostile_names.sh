#!/bin/bash
# Names in a database that try to leave their cell: line breaks, terminal controls, quotes, LaTeX and Markdown. Every
# report in every format keeps them inside, and plots are drawn.
set -u
E=${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0
check() { # status name
    n=$((n + 1))
    [ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2"; sed 's/^/# /' "$t/log" 2>/dev/null | cat -v | head -n 8; }
}
cat reports/schema.sql reports/views.sql | sqlite3 "$t/f.db" && sqlite3 "$t/f.db" <tests/golden/fixture.sql || { echo 'not ok 1 - the fixture does not load'; exit 1; }
sqlite3 "$t/f.db" "UPDATE run SET platform = platform || char(10) || 'BREAKOUT' || char(27) || '[31m\"''|', network = '#' || network || char(10, 13) || 'BREAKOUT\\input{x}';
    UPDATE scope SET name = '#' || char(34) || name || char(9, 10) || 'BREAKOUT|<b>' || char(27) || '[2J' || char(34) WHERE parent IS NOT NULL"
esc=$(printf '\033')
for r in runs layers stalls memory energy compare; do
    for f in text md tex tsv csv json; do
        "$E" report "$r" --db "$t/f.db" --run 3 --format $f >"$t/$r.$f" 2>"$t/log" || { check 1 "$r as $f"; echo 1..$n; exit 1; }
        ! grep -q "$esc" "$t/$r.$f"
        check $? "$r as $f: no escape character"
        # A break out of a comment or a cell would begin a line with what follows it. In a CSV cell a break is legal.
        [ $f = csv ] || { ! grep -qa '^BREAKOUT' "$t/$r.$f"; check $? "$r as $f: no line is broken"; }
    done
    grep -v '^#' "$t/$r.csv" | python3 -c 'import csv, sys; w = {len(r) for r in csv.reader(sys.stdin)}; sys.exit(len(w) != 1)'
    check $? "$r: every CSV record has as many fields"
    python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$t/$r.json"
    check $? "$r: JSON parses"
done
[ "$(grep -c '^# ' "$t/layers.csv")" = "$(grep -c '^% ' "$t/layers.tex")" ]
check $? 'the comments of CSV and LaTeX have as many lines'
if command -v gnuplot >/dev/null; then
    for p in latency energy sweep; do
        "$E" plot $p --db "$t/f.db" --run 3 -o "$t/$p.svg" 2>"$t/log" && [ -s "$t/$p.svg" ]
        check $? "plot $p"
    done
fi
echo "1..$n"
