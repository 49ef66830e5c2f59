#!/bin/bash
# What the simulator says of small networks and of the guests of tests/guest is what it was: cycles of each layer by cause,
# traffic, energy (tests/golden/iss/*.txt; GOLDEN=write rewrites).
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
. tests/golden/iss/lib.sh
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - golden tables # SKIP no arm-none-eabi-gcc"; exit 0; }
same_compiler

while read -r name options; do
    for b in $boards; do
        echo "== $b"
        # shellcheck disable=SC2086
        build_network "$b" "$t/f.elf" $options && run_text "$t/f.elf" "$b"
    done >"$t/text" 2>&1 </dev/null
    golden "$name" "$t/text"
done <<END
$(networks)
END

while read -r program where flags; do
    [ "$where" = all ] && where=$boards
    for b in $where; do
        echo "== $program $flags on $b"
        # shellcheck disable=SC2086
        build_guest "$b" "$t/g.elf" "$program" $flags && run_text "$t/g.elf" "$b"
    done </dev/null
done >"$t/text" 2>&1 <<END
$(guests)
END
golden guests "$t/text"
echo "1..$n"
exit $bad
