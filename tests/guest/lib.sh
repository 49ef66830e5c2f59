# Sourced by the tests of guest programs: a scratch folder $t, points in TAP, the console text of a run as JSON.
set -u
E=$BUILD/etinysim
G=tests/guest
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0 bad=0
point() { # 0/1 what
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=1; fi
}
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; } # what why
uart() { python3 -c 'import json,sys; print(json.load(sys.stdin)["uart"], end="")'; }
sed 's/LENGTH = 112K/LENGTH = 64K/' $G/guest.ld >"$t/small.ld" # for the SRAM at 0x20000000 of any board
