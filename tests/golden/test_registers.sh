#!/bin/bash
# Clock, power and flash registers of every board read after reset, all ones and zeros what they read before
# (tests/golden/iss/registers.txt; GOLDEN=write rewrites).
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
. tests/golden/iss/lib.sh
same_compiler registers
for b in $boards; do
    echo "== $b"
    build_guest "$b" "$t/r.elf" registers && registers_text "$t/r.elf" "$b"
done >"$t/text" 2>&1
golden registers "$t/text"
echo "1..$n"
exit $bad
