#!/bin/bash
# Builds what `mutate.py` runs again and again into a folder: the programs of the golden tests.
set -u
t=$1
. tests/golden/iss/lib.sh
while read -r name options; do
    for b in $boards; do
        # shellcheck disable=SC2086
        build_network "$b" "$t/$name-$b.elf" $options </dev/null || exit 1
    done
done <<END
$(networks | grep -E '^(dense|four-bits)')
END
for b in $boards; do build_guest "$b" "$t/registers-$b.elf" registers || exit 1; done
k=0
while read -r program where flags; do
    [ "$where" = all ] && where=$boards
    for b in $where; do
        k=$((k + 1))
        # shellcheck disable=SC2086
        build_guest "$b" "$t/guest$k-$b.elf" "$program" $flags || exit 1
    done
done <<END
$(guests)
END
while read -r core fpu fpv5 board; do
    build_classes "$t/classes-$board.elf" "$core" "$fpu" "$fpv5" || exit 1
done <<END
$(class_cores)
END
