#!/bin/bash
# What `etinysim npu` says of the shipped machines is what it was (tests/golden/npu/*.txt; GOLDEN=write rewrites).
set -u
E=${BUILD:-build}/etinysim
here=tests/golden/npu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0
check() { # name, then the arguments
    local name=$1
    shift
    n=$((n + 1))
    "$E" npu "$@" >"$t/$name.txt" 2>&1
    [ "${GOLDEN:-}" = write ] && mkdir -p $here && cp "$t/$name.txt" $here/
    if diff -u "$here/$name.txt" "$t/$name.txt" >"$t/diff"; then echo "ok $n - $name"; else echo "not ok $n - $name"; sed 's/^/# /' "$t/diff" | head -20; fi
}
check xc7a100t etinynet-0.75 --accel xc7a100t-etinynet --accesses --map
check xc7a100t-tornado etinynet-0.75 --accel xc7a100t-etinynet --tornado
check tinynpu etinynet-1.0 --input 256 --accel tinynpu --accesses --system stm32l4r9 --fps 30 --mcu-cycles 1000000
check angeleye vgg16 --accel angeleye-xc7z020 --accesses
check ssa mobilenet-v2-1.0 --accel ssa-xczu7ev --accesses
check lockstep etinynet-1.0 --input 256 --accel tinynpu-lockstep --accesses
check published --published
echo "1..$n"
