#!/bin/bash
# The data behind every plot is what it was (tests/golden/plots/NAME.tsv; GOLDEN=write rewrites), gnuplot accepts every
# script in every format, and redraws it without etinysim.
set -u
E=${BUILD:-build}/etinysim
here=tests/golden
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0
ok() { n=$((n + 1)); echo "ok $n - $1"; }
no() { n=$((n + 1)); echo "not ok $n - $1"; }
check() { if eval "$2"; then ok "$1"; else no "$1"; fi; }

sqlite3 "$t/f.db" <reports/schema.sql && sqlite3 "$t/f.db" <reports/views.sql && sqlite3 "$t/f.db" <$here/fixture.sql || { echo "not ok 1 - the fixture does not load"; exit 1; }
have_gnuplot=$(command -v gnuplot)
for name in $("$E" plot list | cut -d' ' -f1); do
    if [ -z "$have_gnuplot" ]; then
        n=$((n + 1))
        echo "ok $n - plot $name # SKIP no gnuplot"
        continue
    fi
    for f in png svg pdf; do
        "$E" plot "$name" --db "$t/f.db" --run 3 -o "$t/$name.$f" 2>"$t/err"
        check "plot $name as $f" "[ -s $t/$name.$f ] && ! [ -s $t/err ]"
        cat "$t/err"
    done
    grep -v '^#' "$t/$name.tsv" >"$t/data"
    if [ "${GOLDEN:-}" = write ]; then
        cp "$t/data" "$here/plots/$name.tsv"
    fi
    check "data of $name" "diff -u $here/plots/$name.tsv $t/data"
    check "provenance of $name" "grep -q '^# run [0-9]*: .* costs of which [0-9]* assumed' $t/$name.tsv"
    rm -f "$t/$name.pdf"
    (cd "$t" && gnuplot "$name.gp" 2>/dev/null)
    check "redrawing $name without etinysim" "[ -s $t/$name.pdf ]"
done
for r in layers stalls energy traffic traffic-layers memory compare costs; do
    "$E" report "$r" --db "$t/f.db" --run 3 --format tsv | grep -v '^#' >"$t/data"
    if [ "${GOLDEN:-}" = write ]; then
        cp "$t/data" "$here/plots/report-$r.tsv"
    fi
    check "data of report $r" "[ -s $t/data ] && diff -u $here/plots/report-$r.tsv $t/data"
done
"$E" plot lifetimes --db "$t/f.db" --run 1 -o "$t/x.png" 2>"$t/err"
rc=$?
check "nothing to draw is said" "[ $rc = 2 ] && grep -q 'nothing to draw for run 1: the run.s configuration holds no buffer lifetimes' $t/err && ! [ -e $t/x.png ]"
"$E" plot latency --db "$t/f.db" -o "$t/x.gif" 2>"$t/err"
rc=$?
check "another ending is refused" "[ $rc = 2 ] && grep -q 'expected a name ending in .png, .svg or .pdf' $t/err"
PATH=/nonexistent "$(realpath "$E")" plot latency --db "$t/f.db" --run 3 -o "$t/y.png" 2>"$t/err"
rc=$?
check "a missing gnuplot is said" "[ $rc = 5 ] && grep -q 'gnuplot' $t/err"
echo "1..$n"
