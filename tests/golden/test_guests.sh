#!/bin/bash
# The same as test_iss.sh for guests of tests/guest: exceptions, memory protection, timers, unaligned accesses, caches
# (tests/golden/iss/guests.txt; GOLDEN=write rewrites).
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
. tests/golden/iss/lib.sh
same_compiler "golden tables of guests"

one() { # board number program flags...
    local t=$t/$1.$2
    mkdir "$t"
    echo "== ${*:3} on $1"
    build_guest "$1" "$t/g.elf" "${@:3}" && run_text "$t/g.elf" "$1"
}

k=0
while read -r program where flags; do
    k=$((k + 1))
    [ "$where" = all ] && where=$boards
    # shellcheck disable=SC2086
    by_board "$where" one $k $program $flags
    cat "$t/text" >>"$t/all"
done <<END
$(guests)
END
golden guests "$t/all"
echo "1..$n"
exit $bad
