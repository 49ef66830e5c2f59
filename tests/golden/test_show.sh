#!/bin/bash
# What `core`, `board` and `accelerator show`, `network` and `block` print is what it was (tests/golden/iss/show-*.txt;
# GOLDEN=write rewrites).
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
. tests/golden/iss/lib.sh
for c in $("$E" core list); do
    "$E" core show "$c" >"$t/text" 2>&1
    golden "show-$c" "$t/text"
done
for b in $("$E" board list | awk '{print $1}'); do
    "$E" board show "$b" >"$t/text" 2>&1
    golden "show-$b" "$t/text"
done
for a in $("$E" accelerator list | awk '{print $1}'); do
    "$E" accelerator show "$a" >"$t/text" 2>&1
    golden "show-$a" "$t/text"
done
{
    "$E" network list
    "$E" network show etinynet-0.25
    "$E" network show $here/residual.yaml
    "$E" network compare
    "$E" network show no-such-network
    echo "exit code $?"
} 2>&1 | sed "s|$PWD/||" >"$t/text"
golden show-network "$t/text"
if why=$(other_compiler); then
    n=$((n + 1))
    echo "ok $n - show-block # $why"
else
    arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -Wl,--build-id=none -Wl,-Ttext=0x08000000 -Wl,-e,work $here/block.S -o "$t/b.elf"
    for b in stm32f412 stm32f746; do
        "$E" block "$t/b.elf" work --board $b
        "$E" block "$t/b.elf" 0x0800000c --bytes 8 --board $b
        "$E" block "$t/b.elf" nothing --board $b
        echo "exit code $?"
    done 2>&1 | sed "s|$t/||" >"$t/text"
    golden show-block "$t/text"
fi
echo "1..$n"
exit $bad
