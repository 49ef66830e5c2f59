#!/bin/bash
# A command that a signal ends leaves no child running and no temporary folder, and its end is by that signal.
E=$PWD/${BUILD:-build}/etinysim
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - signals # SKIP no arm-none-eabi-gcc"; exit 0; }
. tests/tools/tap.sh
# A compiler that would take a minute, with a child as gcc has one. Like gcc's driver it ends its child on SIGTERM, which here
# takes a while: whoever ends it has to wait for it.
mkdir "$t/bin"
cat >"$t/bin/arm-none-eabi-gcc" <<'END'
#!/bin/bash
[ "$1" = --version ] && { echo slow; exit 0; }
echo $$ >"$STARTED"
trap 'kill $!; sleep 0.3' TERM
sleep 61.7654 &
wait
END
cat >"$t/bin/gnuplot" <<'END'
#!/bin/bash
echo $$ >"$STARTED"
exec sleep 61.7654
END
chmod +x "$t"/bin/*
cat >"$t/sweep.yaml" <<'END'
name: signals
network: etinynet-shapes
input: 24
board: stm32f412
END
"$E" npu etinynet-0.75 --accel xc7a100t-etinynet --wbits 4 --db "$t/fig.db" -q >/dev/null
export STARTED=$t/started

# Ends command $2... by signal $1 while the tool that it started runs; its exit status is left in $rc. 0 when in the end nothing of
# it is left.
end_with() {
    local signal=$1 work=$t/tmp
    shift
    rm -rf "$work" "$STARTED"
    mkdir "$work"
    PATH=$t/bin:$PATH TMPDIR=$work setsid env --default-signal=INT,QUIT "$@" >/dev/null 2>"$t/err" &
    local pid=$!
    for _ in $(seq 600); do
        [ -e "$STARTED" ] && break
        sleep 0.1
    done
    kill "-$signal" $pid
    wait $pid 2>/dev/null
    rc=$?
    kill -0 "$(cat "$STARTED")" 2>/dev/null
    outlived=$? # 0: the tool still ran when the command had ended
    for _ in $(seq 50); do # what was sent SIGTERM may need a moment
        pgrep -s $pid >/dev/null || break
        sleep 0.1
    done
    ! pgrep -s $pid >/dev/null && { [ "$signal" = KILL ] || [ -z "$(ls -A "$work")" ]; }
}
build() { end_with "$1" "$E" build etinynet-shapes --board stm32f412 --input 24 -o "$t/a.elf"; }
for s in INT TERM HUP QUIT XFSZ; do
    build $s && [ $rc = $((128 + $(kill -l $s))) ] && [ $outlived != 0 ] && [ ! -e "$t/a.elf" ]
    point $? "build: SIG$s"
done
end_with TERM "$E" sweep "$t/sweep.yaml" --db "$t/s.db" && [ $rc = 143 ]
point $? "sweep: SIGTERM ends its workers and their compilers"
end_with INT "$E" plot energy --db "$t/fig.db" -o "$t/a.png" && [ $rc = 130 ]
point $? "plot: SIGINT ends gnuplot"
build KILL && [ $rc = 137 ]
point $? "build: after SIGKILL the compiler ends"
end_with KILL "$E" sweep "$t/sweep.yaml" --db "$t/k.db" && [ $rc = 137 ]
point $? "sweep: after SIGKILL workers and compilers end"
# A guest that never ends: what is known so far is printed, as at a limit, and the end is by the signal.
cat >"$t/loop.S" <<'END'
    .syntax unified
    .thumb
    .word 0x20001000, start + 1
start:
    adds r0, #1
    b start
END
arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -Wl,-Ttext=0x08000000,-e0x08000009 "$t/loop.S" -o "$t/loop.elf"
setsid env --default-signal=INT timeout 60 "$E" run "$t/loop.elf" --board stm32f407 >"$t/out" 2>"$t/err" &
pid=$!
sleep 2
pkill -INT -s $pid etinysim
wait $pid 2>/dev/null
[ $? = 130 ] && grep -q 'interrupted after [0-9]* cycles' "$t/err" && grep -q ' total$' "$t/out"
point $? "run: SIGINT prints what is known so far"
timeout 60 "$E" run "$t/loop.elf" --board stm32f407 --gdb "$t/socket" --max-seconds 1 >/dev/null 2>"$t/err"
[ $? = 4 ] && grep -q 'stopped after 1 s (--max-seconds), waiting for the debugger' "$t/err"
point $? "run --gdb: --max-seconds bounds the wait for a debugger"
echo "1..$n"
