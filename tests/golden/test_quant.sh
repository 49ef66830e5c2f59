#!/bin/bash
# What quantising makes of networks is what it was: of each layer with weights what `etinysim quant` prints, of every layer the
# output's scale and zero point and the checksum of its constants (tests/golden/quant/*.txt; GOLDEN=write rewrites).
set -u
E=${BUILD:-build}/etinysim
here=tests/golden/quant
. tests/tools/tap.sh
layers() { # every layer in a line
    "$E" quant "$@" --json | awk -F':[ \t]*' '
        { gsub(/[",]/, "", $2) }
        /"inputs_sha256"/ { print "inputs", $2 }
        /"name"/ { line = $2 } /"(out_scale|out_zero_point|constants_crc32)"/ { line = line " " $2 } /"out_zero_point"/ { print line }'
}
check() { # name, then the arguments
    local name=$1
    shift
    { "$E" quant "$@"; echo; layers "$@"; } >"$t/$name.txt" 2>&1
    [ "${GOLDEN:-}" = write ] && mkdir -p $here && cp "$t/$name.txt" $here/
    diff -u "$here/$name.txt" "$t/$name.txt" >"$t/diff"
    point $? "$name"
    sed 's/^/# /' "$t/diff" | head -20
}
check etinynet etinynet-shapes --input 32
check channels etinynet-shapes --calibrate shapes
check asq etinynet-shapes --input 32 --wbits 4 --quant asq
check dorefa etinynet-shapes --input 32 --wbits 4 --quant dorefa
check swish mobilenet-v3-small-0.35 --input 32
check shuffle shufflenet-v2-0.5 --input 32
check residual mobilenet-v2-0.15 --input 32
check lanes mcunet-in0 --input 32
check sigmoid efficientnet-b --input 32
echo "1..$n"
