#!/bin/bash
# Writes docs/gallery.md and docs/pictures: docs/gallery.sh, from the root of the tree after `make`. Needs arm-none-eabi-gcc, gnuplot
# and chromium. Each picture is made by the command that stands above it.
set -eu
E=$PWD/build/etinysim
out=$PWD/docs/pictures
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
mkdir -p "$out"
for b in stm32f746 stm32h743 stm32l4r5; do
    "$E" build etinynet-1.0 --board $b --input 224 -o "$t/net.elf" -q
    "$E" run "$t/net.elf" --board $b --db "$t/runs.db" -q >/dev/null
done
"$E" npu etinynet-1.0 --accel tinynpu --db "$t/runs.db" >/dev/null 2>&1
"$E" sweep workloads/sweeps/example.yaml --db "$t/sweep.db" -q
{
    echo '# Gallery'
    echo
    echo 'Written by `docs/gallery.sh`. `runs.db` holds EtinyNet-1.0 at 224 on three boards and on TinyNPU, `sweep.db` the points of'
    echo '`workloads/sweeps/example.yaml`.'
} >docs/gallery.md
picture() { # file, title, command
    printf '\n## %s\n\n    %s\n\n![%s](pictures/%s)\n' "$2" "$3" "$2" "$1" >>docs/gallery.md
}
page() { # name, height, title, options of `report html`
    "$E" report html --db "$t/$4.db" "${@:5}" -o "$t/$1.html"
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1200,"$2" --screenshot="$out/$1.png" "file://$t/$1.html" >/dev/null 2>&1
    picture "$1.png" "$3" "etinysim report html --db $4.db ${*:5} -o $1.html"
}
plot() { # name, file, title, database, options
    "$E" plot "$1" --db "$t/$4.db" "${@:5}" -o "$out/$2.svg"
    rm -f "$out/$2.gp" "$out/$2.tsv"
    picture "$2.svg" "$3" "etinysim plot $1 --db $4.db${*:+ }${*:5} -o $2.svg"
}
page report 900 'A run' runs --run 1
page difference 900 'Two runs' runs --run 1 --against 2
page sweep 900 'A sweep' sweep --sweep all
plot compare compare 'Platforms' runs --run 1
plot latency latency 'Layers by cause' runs --run 1
plot energy energy 'Energy with its band' runs --run 1
plot roofline roofline 'Roofline' runs --run 1
plot lifetimes lifetimes 'SRAM over time' runs --run 1
plot sweep heatmap 'Latency over a sweep' sweep
plot pareto pareto 'Pareto front' sweep
