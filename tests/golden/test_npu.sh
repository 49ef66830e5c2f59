#!/bin/bash
# What `etinysim npu` says of the shipped machines is what it was (tests/golden/npu/*.txt; GOLDEN=write rewrites).
set -u
E=${BUILD:-build}/etinysim
here=tests/golden/npu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0
check() { # name, then the arguments
    "$E" npu "${@:2}" >"$t/$1.txt" 2>&1
    compare "$1"
}
# Checksums of what a design in Verilog is parametrised and filled with.
rtl() { # name, then the arguments
    "$E" npu "${@:2}" --rtl "$t/$1" >/dev/null 2>"$t/$1.txt" && (cd "$t/$1" && sha256sum ./*.hex ./*.vh) >>"$t/$1.txt"
    compare "$1"
}
compare() { # name
    local name=$1
    n=$((n + 1))
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
rtl rtl-etinynet etinynet-0.25 --accel xc7a100t-etinynet --wbits 4 --input 64
rtl rtl-shapes etinynet-shapes --accel xc7a100t-etinynet --wbits 4
rtl rtl-lockstep etinynet-shapes --accel tinynpu-lockstep
echo "1..$n"
