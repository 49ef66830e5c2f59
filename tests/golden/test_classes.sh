#!/bin/bash
# Cycles of one instruction of every timing class and of those that wait for its result, by `etinysim block`, are what
# they were (tests/golden/iss/classes-*.txt; GOLDEN=write rewrites).
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
. tests/golden/iss/lib.sh
same_compiler classes
while read -r core fpu fpv5 board; do
    build_classes "$t/c.elf" "$core" "$fpu" "$fpv5" && classes_text "$t/c.elf" "$board" >"$t/text"
    golden "classes-$core" "$t/text"
done <<END
$(class_cores)
END
echo "1..$n"
exit $bad
