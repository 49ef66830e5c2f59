#!/bin/bash
# Synthesises designs with yosys: synth.sh [NAME ...], names of tests/npu/synth_designs.txt, without arguments all. A line each:
#   synth: ACCELERATOR dsp N bram36 N lut N ff N levels N
# `lut` counts a RAM64M as the four LUTs that it is; `levels` are the cells of the slowest path between registers, blocks and
# multipliers (LUT, MUXF, CARRY4). RESULTS=F adds the counts with the parameters of the design to F, as entries of
# costmodel/synthesis.yaml. Minutes of one core for a design.
set -u
E=$(realpath "${BUILD:-build}/etinysim")
here=$(cd "$(dirname "$0")" && pwd)
command -v yosys >/dev/null || { echo "synth: no yosys" >&2; exit 5; }
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
one() { # use name network with its options, rows, columns, changes
    local use=$1 name=$2 network=$3 rows=$4 columns=$5 options=(--wbits 4)
    shift 5
    while [ $# -gt 0 ]; do
        case $1 in
        --*) options+=("$1" "$2") && shift 2 ;;
        *) options+=(--set "$1") && shift ;;
        esac
    done
    # shellcheck disable=SC2086
    "$E" npu $network --accel xc7a100t-etinynet --rtl "$t/folder" --set engine.array.rows="$rows" \
        --set engine.array.columns="$columns" --set vector_lanes="$columns" --set memory.constants.bytes=200000 \
        --set memory.lines.bytes=32768 "${options[@]}" >"$t/log" 2>&1 ||
        { tail -n 1 "$t/log" >&2; return 1; }
    (cd "$t/folder" && yosys -q synth.ys >"$t/log" 2>&1) || { tail -n 1 "$t/log" >&2; return 1; }
    awk -v name="$name" -v use="$use" -v results="${RESULTS:-/dev/null}" '
        FILENAME ~ /parameters/ && $1 == "parameter" && $4 + 0 == $4 + 0 { sub(/,/, "", $4); p[tolower($2)] = $4 }
        FILENAME ~ /cells/ && /design hierarchy/ { whole = 1 }
        FILENAME ~ /cells/ && whole && NF == 2 { n[$1] = $2 }
        FILENAME ~ /timing/ && /^Latest arrival/ { path = 1; split($0, part, " is "); ps = part[2] + 0 }
        FILENAME ~ /timing/ && /Arrival histogram/ { path = 0 }
        FILENAME ~ /timing/ && path && /\((LUT|MUXF|CARRY4)/ { levels++; if (/\(LUT/) luts++ }
        END {
            lut = n["SRL16E"] + n["SRLC32E"] + n["RAM64X1S"] + n["RAM32X1S"] + 4 * (n["RAM64M"] + n["RAM32M"]) + 2 * n["RAM64X1D"]
            for (i = 1; i <= 6; i++) lut += n["LUT" i]
            ram = n["RAM64X1S"] + 4 * n["RAM64M"] + n["RAM32X1S"] + 4 * n["RAM32M"] + 2 * n["RAM64X1D"]
            ff = n["FDRE"] + n["FDSE"] + n["FDCE"] + n["FDPE"]
            bram = n["RAMB36E1"] + n["RAMB18E1"] / 2
            printf "synth: %s dsp %d bram36 %g lut %d ff %d levels %d\n", name, n["DSP48E1"], bram, lut, ff, levels
            printf "  - {name: %s, use: %s, ", name, use >>results
            count = split("rows columns weight kernel ring image_lanes image_depth map_depth pool_depth affine_depth " \
                          "program_depth feature_word feature_banks feature_blocks weight_word weight_banks weight_blocks", key, " ")
            for (i = 1; i <= count; i++) printf "%s: %d, ", key[i], p[key[i]] >>results
            printf "dsp: %d, bram36: %g, lut: %d, lutram: %d, ff: %d, levels: %d, lut_levels: %d, cells_ps: %d}\n", n["DSP48E1"], bram, lut, ram,
                   ff, levels, luts, ps >>results
        }' "$t/folder/tinynpu_parameters.vh" "$t/folder/cells.txt" "$t/folder/timing.txt"
    [ -z "${KEEP:-}" ] || { mkdir -p "$KEEP/$name" && cp "$t/folder/"{cells,timing}.txt "$KEEP/$name"; }
}
bad=0
while IFS='|' read -r use name network rows columns changes; do
    # shellcheck disable=SC2086
    [ $# -gt 0 ] && [[ " $* " != *" $name "* ]] && continue
    # shellcheck disable=SC2086
    one "$use" "$name" "$network" "$rows" "$columns" $changes || bad=1
done < <(grep -v '^#' "$here/synth_designs.txt" | sed 's/ *| */|/g')
exit $bad
