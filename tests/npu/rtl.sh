#!/bin/bash
# Simulates the RTL beside the model: rtl.sh quick|all (MOST: random networks of each design, 30 or 200). A line for each network, and one for each design's random ones:
#   rtl: NETWORK L layers, C cycles differ, B bits differ, W words differ
# C and W are layers of which a cause of cycles, or a port's words, is not what the closed forms say; B are bits of maps and
# logits. Exit 1 when anything differs. One simulator is built for each design; networks whose designs are equal share it.
set -u
E=$(realpath "${BUILD:-build}/etinysim")
here=$(cd "$(dirname "$0")" && pwd)
base=$here/../../costmodel/accelerators/xc7a100t-etinynet.yaml
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
bad=0

design() { # name rows columns weights lines features (word bits), sed for the rest: a variant of the shipped description
    sed "s/    rows: 12/    rows: $2/; s/    columns: 12/    columns: $3/; s/lanes: 12/lanes: $3/; s/word_bits: 108/word_bits: $5/
         s/word_bits: 72/word_bits: $4/; s/word_bits: 32/word_bits: $6/; s/banks: 5/banks: 1/; ${7:-}" "$base" >"$t/$1.yaml"
}

simulator() { # folder: the simulator of its design in $sim
    local key
    key=$(tail -n +2 "$1/tinynpu_parameters.vh" | sha256sum | cut -c 1-16)
    sim=$t/sim-$key/Vtestbench
    [ -x "$sim" ] && return
    OBJ=$t/sim-$key sh "$1/simulate.sh" build || { echo "no simulator" >&2; exit 1; }
}

export_network() { # network description weights folder
    # shellcheck disable=SC2086
    "$E" npu $1 --accel "$2" --wbits "$3" --rtl "$4" >"$t/log" 2>&1 || { tail -n 1 "$t/log" >&2; return 1; }
}

whole() { # network description weights name
    export_network "$1" "$2" "$3" "$t/folder" || { bad=1; return; }
    simulator "$t/folder"
    local line
    line=$(cd "$t/folder" && "$sim" | sed -n 's/^\([0-9]* layers, .* words differ\).*/\1/p')
    echo "rtl: $4 ${line:-nothing came out}"
    [[ $line =~ ", 0 cycles differ, 0 bits differ, 0 words differ" ]] || bad=1
}

# Random networks until every kind of layer was seen `most` times.
random() { # description weights kernel channels pad most name
    local seed=0 layers=0 cycles=0 bits=0 words=0 least=0 line op
    declare -A seen=()
    while [ "$least" -lt "$6" ] && [ $seed -lt 2000 ]; do
        seed=$((seed + 1))
        awk -v seed=$seed -v kernel="$3" -v channels="$4" -v pad="$5" -f "$here/random_network.awk" >"$t/random.yaml"
        export_network "$t/random.yaml" "$1" "$2" "$t/folder" || { echo "seed $seed" >&2; bad=1; return; }
        simulator "$t/folder"
        line=$(cd "$t/folder" && "$sim" | grep 'words differ')
        if [[ $line =~ ^([0-9]+)\ layers,\ ([0-9]+)\ cycles\ differ,\ ([0-9]+)\ bits\ differ,\ ([0-9]+)\ words ]]; then
            layers=$((layers + BASH_REMATCH[1])) cycles=$((cycles + BASH_REMATCH[2]))
            bits=$((bits + BASH_REMATCH[3])) words=$((words + BASH_REMATCH[4]))
            [ "${BASH_REMATCH[2]}${BASH_REMATCH[3]}${BASH_REMATCH[4]}" = 000 ] || echo "# $7: seed $seed: $line"
        else
            echo "# $7: seed $seed: nothing came out"
            bits=$((bits + 1))
        fi
        for op in $(grep -o 'op: [a-z_]*' "$t/random.yaml" | cut -c 5-); do seen[$op]=$((${seen[$op]:-0} + 1)); done
        least=$6
        for op in conv dw pw max_pool add gap fc; do [ "${seen[$op]:-0}" -lt "$least" ] && least=${seen[$op]:-0}; done
    done
    echo "rtl: $seed random networks on $7 $layers layers, $cycles cycles differ, $bits bits differ, $words words differ"
    echo "# of them: $(for op in conv dw pw max_pool add gap fc; do printf '%s %s ' "$op" "${seen[$op]}"; done)"
    [ "$cycles$bits$words" = 000 ] || bad=1
}

design odd 5 7 40 63 16 's/accumulator: 24/accumulator: 28/'
design wide 16 8 72 72 64 's/accumulator: 24/accumulator: 28/; s/banks: 8/banks: 16/; s/blocks: 56/blocks: 64/; s/blocks: 72/blocks: 80/; s/bram36: 135/bram36: 365/'
shipped=xc7a100t-etinynet
[ "${1:-quick}" = all ] && most=${MOST:-200} || most=${MOST:-30}
whole etinynet-0.75 $shipped 4 etinynet-0.75
whole etinynet-shapes $shipped 4 etinynet-shapes
# Does the comparison see a fault? One cycle, one bit and one word too many are to be found.
if [ -d "$t/folder" ]; then
    sed -i '3s/.$/7/; 8s/.$/7/' "$t/folder/counts.hex" && sed -i '1s/./f/' "$t/folder/expected.hex"
    line=$(cd "$t/folder" && "$sim" | sed -n 's/^24 layers, \(.*\) differ (.*/\1/p')
    echo "# with three faults planted: $line differ"
    [[ $line =~ ^1\ cycles.*[1-9]\ bits\ differ,\ 1\ words ]] || { echo "# a planted fault was not seen"; bad=1; }
fi
random $shipped 4 3 3 1 "$most" "$shipped"
if [ "${1:-quick}" = all ]; then
    random "$t/odd.yaml" 8 5 2 -1 "$most" 'odd (5 x 7, 5 x 5 windows, 8-bit weights)'
    # Does not fit the paper's chip: the same design with larger memories.
    design large 12 12 72 108 32 's/blocks: 56/blocks: 64/; s/blocks: 72/blocks: 112/; s/bytes: 53248/bytes: 65536/; s/bram36: 135/bram36: 365/'
    whole etinynet-1.0 "$t/large.yaml" 4 etinynet-1.0
    # An ASIC's configuration: SRAM, 16 x 16 elements, 8-bit weights, EtinyNet-1.0 at 256 x 256 as TinyNPU is said to run it.
    whole 'etinynet-1.0 --input 256' tinynpu-lockstep 8 'etinynet-1.0 at 256 on tinynpu-lockstep'
    random tinynpu-lockstep 8 3 3 1 20 'tinynpu-lockstep'
    random "$t/wide.yaml" 8 3 4 -1 "$most" 'wide (16 x 8, 64-bit words, 8-bit weights)'
fi
exit $bad
