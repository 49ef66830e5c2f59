#!/bin/bash
# The commands of docs/tutorial.md, as they stand there, in an empty folder.
set -u
export PATH="$PWD/${BUILD:-build}:$PATH"
page=$PWD/docs/tutorial.md
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - tutorial # SKIP no arm-none-eabi-gcc"; echo 1..1; exit 0; }
cd "$t" || exit 1
n=0 bad=0
while read -r line; do
    n=$((n + 1))
    case $line in
    'etinysim plot '*) command -v gnuplot >/dev/null || { echo "ok $n - ${line%% --*} # SKIP no gnuplot"; continue; } ;;
    esac
    if bash -c "$line" >out 2>err; then echo "ok $n - ${line:0:70}"; else echo "not ok $n - $line"; sed 's/^/# /' err; bad=1; fi
done < <(sed -n 's/^    //p' "$page")
n=$((n + 1))
if [ "$n" -ge 14 ] && [ -s report.html ] && [ -s sweep.html ] && [ "$(sqlite3 sweep.db "SELECT group_concat(DISTINCT state) FROM (SELECT state FROM point ORDER BY state)")" = done,unfit ]; then
    echo "ok $n - all were run, and left what the page says"
else
    echo "not ok $n - all were run, and left what the page says"
    bad=1
fi
echo "1..$n"
exit $bad
