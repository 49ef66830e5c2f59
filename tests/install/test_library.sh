#!/bin/bash
# The examples, and a program with two threads, are built against the library as it is installed, by pkg-config alone, and
# run far from the source tree. BUILD=DIR.
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
. tests/tools/tap.sh
unset MAKEFLAGS MAKELEVEL ETINYSIM_DATA
has() { grep -qF -- "$1" "$t/out"; point $? "$2"; }
: >"$t/out"
sanitised=$(nm "$BUILD/modules.a" 2>/dev/null | grep -c __asan)
if [ "$sanitised" != 0 ]; then echo '1..0 # SKIP a program would have to load the sanitizer before the library' && exit 0; fi
make BUILD="$BUILD" install PREFIX="$t/p" >"$t/log" 2>&1
point $? 'make install'
cp examples/*.c tests/install/*.c "$t"
make -s BUILD="$BUILD" version >"$t/version"
E=$(cd "$BUILD" && pwd)/etinysim
if command -v arm-none-eabi-gcc >/dev/null; then
    # The guest of tests/sim/test_pieces.c: the sum of 10 to 1 is stored in `total`, then `done` is called.
    arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -Wl,--build-id=none -Wl,-Ttext=0x08000000 -Wl,-Tbss=0x20000100 -Wl,-e,Reset \
        tests/install/guest.S -o "$t/guest.elf" >"$t/log" 2>&1 &&
        "$E" build etinynet-0.25 --input 48 --board stm32f746 -o "$t/net.elf" >"$t/log" 2>&1
    point $? 'guests are built'
fi
cd "$t" || exit 1
export PKG_CONFIG_PATH=$t/p/lib/pkgconfig
[ "$(pkg-config --modversion etinysim)" = "$(cat version)" ] && [ -e "p/lib/libetinysim.so.${PWD:+$(cut -d. -f1 version)}" ]
point $? 'pkg-config and the name of the library tell the version'
{ nm -D --defined-only p/lib/libetinysim.so && nm -g --defined-only p/lib/libetinysim.a; } | awk 'NF == 3 { print $3 }' |
    grep -v '^etinysim_' >out
[ ! -s out ]
point $? 'both libraries export names of the interface only'
cat p/include/etinysim/*.h | tr '\n' ' ' | grep -o 'ETINYSIM_API [^(]*(' | grep -o 'etinysim_[a-z_]*(' | tr -d '(' | sort >declared
nm -D --defined-only p/lib/libetinysim.so | awk '{ print $3 }' | sort | diff declared - >out
point $? 'the shared library exports all that its headers declare'
for h in p/include/etinysim/*.h; do
    echo "#include <etinysim/${h##*/}>" >h.c
    # shellcheck disable=SC2046
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags etinysim) -c h.c -o h.o >log 2>&1 || break
done
point $? 'each header stands for itself'
for e in count_cycles cost_network threads; do
    # shellcheck disable=SC2046
    cc -std=c11 -Wall -Wextra -Werror "$e.c" $(pkg-config --cflags --libs etinysim) -Wl,-rpath,"$t/p/lib" -lpthread -o "$e" >log 2>&1
    point $? "$e.c builds against the installed library"
done
# shellcheck disable=SC2046
cc cost_network.c $(pkg-config --cflags etinysim) p/lib/libetinysim.a $(pkg-config --static --libs etinysim | sed 's/-letinysim//') \
    -o static >log 2>&1 && ETINYSIM_DATA=$(pkg-config --variable=datadir etinysim) ./static etinynet-0.75 tinynpu >out 2>log
point $? 'the static library serves, too'

# 73,007,880 multiply-accumulates: the count of the EtinyNet paper's network of width 0.75, by hand in tests/net/test_network.c.
./cost_network etinynet-0.75 tinynpu >out 2>log
point $? 'cost_network runs'
has ' 73007880 macs' 'etinynet-0.75 has 73,007,880 multiply-accumulates'
[ "$(awk '/^all/ { print $2; exit } / macs / { n++ } END { }' out)" = "$(grep -c '^[^a].* macs .* uJ$' out)" ]
point $? 'every layer has its line'
./cost_network etinynet-0.75 nothing >out 2>log
[ $? = 2 ] && grep -q "^cost_network: unknown accelerator 'nothing', known: " log
point $? 'an unknown accelerator is an error with its text'

if [ -e net.elf ]; then
    # The cycles are worked out in tests/sim/test_pieces.c: 2 + 10 x 3 + 9 + 4 + 1 = 46 before `done`, 1 + 1 + 3 + 1 = 6 in it.
    ./count_cycles guest.elf stm32f407 done total >out 2>log
    point $? 'count_cycles runs'
    has 'at done: 46 cycles, 37 instructions, total = 55' 'the run stops at a function, 46 cycles from reset; its variable is read'
    grep -q '^done  *6 cycles in 1 calls$' out
    point $? 'a function has its cycles'
    grep -q '^all  *52 cycles, exit code 0$' out
    point $? 'the whole run has 52'
    ./count_cycles guest.elf stm32f407 none total >out 2>log
    [ $? = 2 ] && [ "$(cat log)" = "count_cycles: no function 'none' in the image" ]
    point $? 'an unknown function is an error with its text'
    ./threads net.elf stm32f746 net.elf stm32f746 guest.elf stm32f407 >out 2>log
    point $? 'simulations in threads, and in pieces, count as one after the other'
    mv p/share away && ./count_cycles guest.elf stm32f407 done total >out 2>log
    [ $? = 5 ] && grep -qF "$t/p/share/etinysim" log
    point $? 'without data the place that was looked at is named'
else
    n=$((n + 1)) && echo "ok $n - count_cycles and threads # SKIP no arm-none-eabi-gcc"
fi
echo "1..$n"
exit $bad
