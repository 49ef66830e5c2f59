#!/bin/bash
# What the simulator says of small networks on all boards is what it was: cycles of each layer by cause, traffic, energy
# (tests/golden/iss/*.txt; GOLDEN=write rewrites).
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
. tests/golden/iss/lib.sh
same_compiler "golden tables"

one() { # board number network options...
    local t=$t/$1.$2
    mkdir "$t"
    echo "== $1"
    build_network "$1" "$t/f.elf" "${@:3}" && run_text "$t/f.elf" "$1"
}

k=0
while read -r name options; do
    k=$((k + 1))
    # shellcheck disable=SC2086
    by_board "$boards" one $k $options
    golden "$name" "$t/text"
done <<END
$(networks)
END
echo "1..$n"
exit $bad
