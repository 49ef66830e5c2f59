# Sourced by the tests of guest programs: a scratch folder $t, points in TAP, the console text of a run as JSON.
E=$BUILD/etinysim
G=tests/guest
. tests/tools/tap.sh
uart() { python3 -c 'import json,sys; print(json.load(sys.stdin)["uart"], end="")'; }
sed 's/LENGTH = 112K/LENGTH = 64K/' $G/guest.ld >"$t/small.ld" # for the SRAM at 0x20000000 of any board
