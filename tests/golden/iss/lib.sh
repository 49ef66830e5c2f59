# Sourced by the golden tests of the simulator: what they run, and how a run becomes text. A caller sets $t (scratch).
set -u
E=${BUILD:-build}/etinysim
here=tests/golden/iss
n=0 bad=0
# Kept text and new text; GOLDEN=write rewrites.
golden() { # name new
    n=$((n + 1))
    [ "${GOLDEN:-}" = write ] && cp "$2" "$here/$1.txt"
    if diff -U1 "$here/$1.txt" "$2" >"$t/diff" 2>&1; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        sed 's/^/# /' "$t/diff" | head -n 30
        bad=1
    fi
}
# The compiled programs, and so all cycles, are those of one compiler: with another the tables say nothing. The script of
# which this is all ends here then, and says so.
compiler() { arm-none-eabi-gcc -dumpfullversion 2>/dev/null; }
other_compiler() { # prints why, true when it is another or none
    local here_is
    here_is=$(compiler)
    [ "${GOLDEN:-}" = write ] && [ -n "$here_is" ] && echo "$here_is" >$here/compiler
    [ "$here_is" != "$(cat $here/compiler)" ] && echo "SKIP made with arm-none-eabi-gcc $(cat $here/compiler), here is ${here_is:-none}"
}
same_compiler() { # what
    local why
    why=$(other_compiler) || return 0
    echo "ok 1 - $1 # $why"
    echo "1..1"
    exit 0
}
# The texts that `function board arguments...` prints of some boards, two at a time, one behind the other in $t/text.
by_board() { # boards function arguments...
    local b
    for b in $1; do
        "$2" "$b" "${@:3}" >"$t/text.$b" 2>&1 </dev/null &
        [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
    done
    wait
    for b in $1; do cat "$t/text.$b"; done >"$t/text"
}
boards='stm32f401 stm32f407 stm32f412 stm32f446 stm32f746 stm32h743 stm32l4r5 stm32l4r9'

# network options: each stands for another kind. -O 1 compiles fast; the inner loops of most kernels are assembly.
networks() {
    cat <<'END'
pool-depthwise etinynet-shapes --input 32
four-bits etinynet-shapes --input 32 --wbits 4 --quant asq
residual tests/golden/iss/residual.yaml
dense tests/golden/iss/dense.yaml
END
}
build_network() { # board out network options...
    "$E" build "${@:3}" --board "$1" -O 1 -o "$2" >/dev/null
}

# program boards flags: guests of tests/guest
guests() {
    cat <<'END'
rtos stm32f407
nvic stm32f407
hal stm32f407
mpu all
timers all
clock all
cost all -DCASE=1
cost all -DCASE=2
cost all -DCASE=3
cost all -DCASE=4
cost all -DCASE=5
cacheable stm32f746 -DWHERE=0x20010000
cacheable stm32f746 -DWHERE=0xc0000000
cacheable stm32h743 -DWHERE=0x24010000
END
}
build_guest() { # board out program flags...
    local core=cortex-m4 fpu=fpv4-sp-d16 family=2 ld=$t/small.ld
    case $1 in
    stm32f746) core=cortex-m7 fpu=fpv5-sp-d16 family=7 ;;
    stm32h743) core=cortex-m7 fpu=fpv5-d16 family=8 ;;
    stm32l4*) family=4 ;;
    esac
    if [ "$3" = hal ] || [ "$3" = rtos ] || [ "$3" = nvic ]; then ld=tests/guest/guest.ld; fi
    sed 's/LENGTH = 112K/LENGTH = 64K/' tests/guest/guest.ld >"$t/small.ld"
    arm-none-eabi-gcc -mcpu=$core -mthumb -mfloat-abi=hard -mfpu=$fpu -Os -g -ffreestanding -nostdlib -DFAMILY=$family "${@:4}" \
        -T "$ld" tests/guest/start.c "tests/guest/$3.c" -lgcc -o "$2"
}

class_cores() { printf '%s\n' 'cortex-m4 fpv4-sp-d16 0 stm32f412' 'cortex-m7 fpv5-d16 1 stm32h743'; }
build_classes() { # out core fpu fpv5
    arm-none-eabi-gcc -mcpu="$2" -mfloat-abi=hard -mfpu="$3" -nostdlib -Wa,--defsym,FPV5="$4" -Wl,--build-id=none -Wl,-Ttext=0x08000000 \
        -Wl,-e,work $here/classes.S -o "$1"
}
# Without sources, which are of no interest here.
classes_text() { # elf board
    "$E" block "$1" work --board "$2" | sed -E 's/ \([^()]*(\([^()]*\))?[^()]*\)//g'
}

registers_text() { "$E" run "$1" --board "$2" --max-cycles 20000000 2>/dev/null | grep ' reset '; } # elf board

# A run as text: a line a layer with cycles, instructions and energy, then its cycles by cause; traffic; counts.
run_text() { # elf board
    rm -f "$t/db"
    "$E" run "$1" --board "$2" --max-cycles 20000000 --db "$t/db" -q >"$t/run.out" 2>&1
    echo "exit code $?"
    grep '^energy ' "$t/run.out"
    rows layers | awk -F'\t' '{print $2, $6, "cycles", $8, "instructions", sprintf("%.3f us %.3f", 1e6 * $7, $14), "uJ"}'
    rows stalls | awk -F'\t' '$1 != l {if (l) print s; l = $1; s = $1 ":"} {s = s " " $2 " " $3} END {print s}'
    rows traffic | awk -F'\t' '{print $1, $2, $3, "bits", $4, "times", $5, "bytes"}'
    rows energy | awk -F'\t' '$4 {printf "%s %s %d x %s pJ = %.3f uJ\n", $1, $2, $3, $4, $5; next}
        $1 ~ /^(art|[id]cache|core|dma|bytes)$/ {print $1, $2, $3}'
}
rows() { "$E" report "$1" --db "$t/db" --format tsv | grep -v '^#' | sed 1d; }
