#!/bin/bash
# Rows of the fidelity ledger against guests that show them: a probe fails when its row stops being true. Rows without one
# are counted below; there must be no more of them.
set -u
E=$PWD/${BUILD:-build}/etinysim
L=tests/ledger
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0 bad=0
point() { # 0/1 what
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=1; [ -s "$t/log" ] && sed 's/^/# /' "$t/log" | head -n 6; fi
}
sed -n 's/.*probe: \([a-z_]*\).*/\1/p' sim/ledger.yaml | sort >"$t/named"
(cd $L && ls ./*.S) | sed 's|^\./||; s/\.S$//' | sort >"$t/files"
diff "$t/named" "$t/files" >"$t/log"
point $? 'each probe belongs to one row of sim/ledger.yaml'
[ "$(grep '{what:' sim/ledger.yaml | grep -vc 'probe:')" -le 17 ]
point $? 'at most 17 rows have no probe yet'
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 3 - probes # SKIP no arm-none-eabi-gcc"; echo 1..3; exit $bad; }
while read -r name; do
    want=$(sed -n '1s/.*exit \([0-9]\).*/\1/p' $L/$name.S)
    count=$(sed -n '1s/.*instructions \([0-9]*\).*/\1/p' $L/$name.S)
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -nostdlib -Wa,-I$L \
        -Wl,--build-id=none,-Ttext=0x08000100,--section-start=.vectors=0x08000000,-e,start -o "$t/$name.elf" $L/$name.S >"$t/log" 2>&1 &&
        timeout 20 "$E" run "$t/$name.elf" --board stm32f407 --max-cycles 1000000 --json >"$t/out" 2>"$t/log" </dev/null
    rc=$?
    [ $rc = "$want" ] && { [ -z "$count" ] || grep -qE "\"instructions\": ?$count\\b" "$t/out"; }
    point $? "$name: $(sed -n "s/.*what: \"\([^\"]*\)\".*status: \([a-z]*\).*probe: $name}.*/\2: \1/p" sim/ledger.yaml)"
done <"$t/files"
grep -q 'MPU forbids' <("$E" run "$t/mpu.elf" --board stm32f407 2>&1)
point $? 'the fault of the MPU probe is the MPU'"'"'s'
echo "1..$n"
exit $bad
