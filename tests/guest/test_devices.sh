#!/bin/bash
# Peripherals on both layouts of registers: receivers, DMA, watchdogs and what vendor start-up code looks at.
. tests/guest/lib.sh
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - peripherals # SKIP no arm-none-eabi-gcc"; exit 0; }
guest() { # out core fpu flags... sources
    arm-none-eabi-gcc -mcpu="$2" -mthumb -mfloat-abi=hard -mfpu="$3" -Os -g -ffreestanding -nostdlib -Wall -Werror -T "$t/small.ld" $G/start.c "${@:4}" \
        -lgcc -o "$1"
}
run() { timeout 60 "$E" run "$@" --max-cycles 20000000 --json 2>"$t/err" </dev/null; }
families() { # lines: family board core fpu
    printf '%s\n' '2 stm32f407 cortex-m4 fpv4-sp-d16' '2 stm32f412 cortex-m4 fpv4-sp-d16' '4 stm32l4r5 cortex-m4 fpv4-sp-d16' \
        '4 stm32l4r9 cortex-m4 fpv4-sp-d16' '7 stm32f746 cortex-m7 fpv5-sp-d16' '8 stm32h743 cortex-m7 fpv5-d16'
}

# What a USART receives: 7 bytes polled, 3 during a pause (two are lost), 10 by interrupt, 10 by DMA, 37 by DMA in a circle.
printf 'a line\nXYZWabcdefghi\n0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ' >"$t/in"
received() { # half whole left of the circle
    printf 'a line\nframe 1\noverrun 1\nX\nWabcdefghi\n012345678progress 7fe\nhalf 1\nwhole 1\nhalf %s\nwhole %s\nleft %s\nFGHIJuvwxyzABCDE\n' "$@"
}
while read -r family board core fpu; do
    guest "$t/serial.elf" "$core" "$fpu" -DFAMILY="$family" $G/serial.c
    run "$t/serial.elf" --board "$board" --strict --uart-in "$t/in" | uart >"$t/out"
    received 2 2 11 | cmp -s - "$t/out"
    point $? "$board receives: polled, overrun, by interrupt, by DMA once and in a circle, idle line"
    [ "$family" = 4 ] && continue
    guest "$t/serial.elf" "$core" "$fpu" -DFAMILY="$family" -DDOUBLE $G/serial.c
    run "$t/serial.elf" --board "$board" --strict --uart-in "$t/in" | uart >"$t/out"
    received 5 4 3 | cmp -s - "$t/out"
    point $? "$board receives by DMA into two buffers"
done < <(families)
guest "$t/serial.elf" cortex-m4 fpv4-sp-d16 -DFAMILY=2 $G/serial.c
a=$(run "$t/serial.elf" --board stm32f407 --uart-in usart2="$t/in" | sed 's/"started_at":"[^"]*"//')
b=$(timeout 60 "$E" run "$t/serial.elf" --board stm32f407 --max-cycles 20000000 --json --uart-in - <"$t/in" | sed 's/"started_at":"[^"]*"//')
[ -n "$a" ] && [ "$a" = "$b" ]
point $? "a named port and standard input give the same run"
timeout 60 "$E" run "$t/serial.elf" --board stm32f407 --max-cycles 200000 --uart-in usart6="$t/in" >/dev/null 2>"$t/err"
[ $? = 4 ]
point $? "another port's bytes do not arrive"
run "$t/serial.elf" --board stm32f407 --uart-in usart9="$t/in" >/dev/null
[ $? = 2 ] && grep -q 'PORT one of rtt, USART2,' "$t/err"
point $? "an unknown port is refused, the known ones are named"
run "$t/serial.elf" --board stm32f407 --uart-in "$t/nothing" >/dev/null
[ $? = 2 ]
point $? "a missing file is a usage error"
sed 's/4 << 25/5 << 25/' $G/serial.c >"$t/serial.c"
cp $G/guest.h "$t"
guest "$t/serial.elf" cortex-m4 fpv4-sp-d16 -DFAMILY=2 "$t/serial.c"
run "$t/serial.elf" --board stm32f407 --uart-in "$t/in" >/dev/null
[ $? = 4 ] && grep -q 'DMA1 stream 5 serves nothing: the request it selects is not that of USART2' "$t/err"
point $? "a stream with the wrong channel serves nothing, and that is said"

# An SPI and what hangs on it, which echoes each byte in place of the next. Bits take 2, 4, 16 or 64 cycles of an APB that is not
# divided; 50 us later an edge. Both boards run from the clock of their reset: 4 and 16 MHz.
printf '%s\n' 'status 2' 'width 700' 'polled ee' 'polled 11' 'polled 22' 'polled 33' 'full 1880' 'in time 1' 'levels 603' 'packed 1ee' \
    'packed 302' 'overrun 40' 'kept 4' 'kept 50' 'kept 51' 'kept 52' 'overrun 0' 'wide ee12' 'by interrupt ee050607' 'busy 80' \
    'dma in time 1' 'wrong 0' 'edge in time 1' 'line 1' 'edges 2' 'pending 0' >"$t/want"
while read -r family board core fpu; do
    case "$family" in 4) hz=4000000 ;; 7) hz=16000000 ;; *) continue ;; esac
    guest "$t/spi.elf" "$core" "$fpu" -DFAMILY="$family" -DHZ=$hz $G/spi.c
    run "$t/spi.elf" --board "$board" --strict --attach echo=spi1,cs=PA4,irq=PB0,delay=50 | uart | cmp -s - "$t/want"
    point $? "$board: SPI polled, by interrupt and by DMA both ways, FIFO levels, overrun, in bits / rate; an edge interrupts"
done < <(families)
while read -r message attach; do
    run "$t/spi.elf" --board stm32f746 --attach "$attach" >/dev/null
    [ $? = 2 ] && grep -q -- "${message//_/ }" "$t/err" && [ "$(wc -l <"$t/err")" = 1 ]
    point $? "refused: --attach $attach"
done <<'TABLE'
no_model_'lamp' lamp=spi1,cs=PA4
is_no_SPI_that_is_modelled echo=spi9,cs=PA4
cs=PIN_is_missing echo=spi1
expected_a_pin_of_the_board echo=spi1,cs=PZ4
has_no_key_'colour' echo=spi1,cs=PA4,colour=red
expected_0_to_1000000 echo=spi1,cs=PA4,delay=-3
'cs'_is_given_twice echo=spi1,cs=PA4,cs=PA5
is_no_KEY=VALUE echo=spi1,cs
network=NAME_is_missing tinynpu=spi1,cs=PA4
TABLE

# Identity, reset flags, pins, flags that polling waits for; watchdogs that are served, left alone, or served too early.
common='comparator 1234 flash SIZE number 1 tick 1 reset 1 reset 0 i2c 0 ADCpins 24 pins 40040 HSEM'
while read -r family board core fpu; do
    size=1024 adc='' hsem=''
    case "$family" in 4 | 8) size=2048 adc='adc 0 ' ;; esac
    [ "$family" = 8 ] && hsem='semaphore 80000300 semaphore 80000300 semaphore 4 '
    want=$(echo "$common" | sed "s/SIZE/$size/; s/ADC/$adc/; s/HSEM/$hsem/")
    while read -r case flags dog message; do
        guest "$t/system.elf" "$core" "$fpu" -DFAMILY="$family" -DDOG="$case" "$flags" $G/system.c
        run "$t/system.elf" --board "$board" >"$t/system.json"
        r=$? served=''
        case "$message" in *'not served'*) served='served ' ;; esac
        [ $r = 0 ] && [ "$(uart <"$t/system.json" | tr '\n' ' ')" = "$want$served" ] &&
            if [ "$dog" ]; then grep -q "system reset: ${dog}1\? $message; the run ends there" "$t/err"; else ! grep -q 'system reset' "$t/err"; fi &&
            ! grep -q 'the run ends at' "$t/err"
        point $? "$board, $flags: ${dog:-no reset,} ${message:-and the flags and words that drivers look at}"
    done <<'TABLE'
0 -g
1 -g IWDG was not served in time
1 -DASLEEP IWDG was not served in time
2 -g WWDG was not served in time
3 -g WWDG was served before its window
TABLE
done < <(families | grep -v 'f412\|l4r9')

# Damaged tables of peripherals end with file and line.
guest "$t/system.elf" cortex-m4 fpv4-sp-d16 -DFAMILY=2 -DDOG=0 $G/system.c
mkdir -p "$t/data/sim/devices"
while read -r message; do
    read -r change
    sed "$change" sim/devices/stm32f4.yaml >"$t/data/sim/devices/stm32f4.yaml"
    ETINYSIM_DATA="$t/data" run "$t/system.elf" --board stm32f407 >/dev/null
    [ $? = 2 ] && grep -q "stm32f4.yaml:[0-9]*: .*$message" "$t/err" && [ "$(wc -l <"$t/err")" = 1 ]
    point $? "a damaged table of peripherals: $message"
done <<'TABLE'
expected a DMAMUX request up to 127
s/rx: .1.5.4, 1.7.6./rx: [1.5]/
is 'RTC_ISR' already
s/0x4001_3008/0x4000_280c/
is not free
s/base: 0x1fff_7000/base: 0x1fff_7001/
out of range
s/flash_size: 0x1fff_7a22/flash_size: 0x1fff_8000/
is no register of this list
s/in: I2C1_SR1/in: I2C9_SR1/
TABLE

# The manual's flags of LISR for stream 0: error 8, half 0x10, complete 0x20. A stream that software stops says complete.
guest "$t/dma.elf" cortex-m4 fpv4-sp-d16 $G/dma.c
run "$t/dma.elf" --board stm32f407 | uart >"$t/out"
printf '%s\n' 'error interrupts 1' 'flags 8' 'on 0' 'left 1000' 'half interrupts 1' 'flags 10' '32nds left 15' 'on 0' 'then 20' \
    'off once more 0' 'stopped 20' 'more than half left 1' 'moves on 0' | cmp - "$t/out"
point $? "a DMA stream stops at an error, tells of its half, and ends when software stops it"

# At 16 MHz and 100 clocks a bit a frame of ten bits takes 1000 cycles; TC follows the last one. Two bytes are given to an idle USART
# at once, so that a stream has given the 50th after 48 frames. Cycles of a DMA item: memory 4 and AHB 4, APB 3 + 2 clocks of its own
# over the controller's own port (st-an4031: 9 and 11 for ADC to SRAM). A word of the RNG: 40 of its clocks (rm0090), of 48 MHz at 168.
guest "$t/pace.elf" cortex-m4 fpv4-sp-d16 $G/pace.c
run "$t/pace.elf" --board stm32f407 | uart >"$t/out"
near() { # line, cycles that follow from the manuals: the program looks a few dozen later
    awk -v l="$1 " -v c="$2" 'i = index($0, l) {n = substr($0, i + length(l)); if (n >= c && n < c + 64) ok = 1} END {exit !ok}' "$t/out"
}
near 'one frame' 1000 && near 'two frames' 2000 && near '50 bytes given' 48000 && near '50 bytes sent' 50000
point $? "TC comes when the last frame has left, a stream's end when it has given its last byte"
grep -q '^TC after reset 40$' "$t/out" && grep -q 'TXE at once 80$' "$t/out" && grep -q '^TC cleared 0$' "$t/out" && grep -q 'too early 0$' "$t/out" &&
    grep -q '^interrupts 1$' "$t/out"
point $? "TC is set after reset, clear while a frame is sent, cleared by software, and interrupts once"
near memory 8000 && near APB2 9000 && near 'APB2 at half the clock' 11000 && near AHB 8000
point $? "a DMA item takes as long as its two buses"
awk '/^1000 random words/ {exit !($4 >= 140000 && $4 < 150000)}' "$t/out"
point $? "a random word takes 140 cycles, and up to a turn of the loop that waits for it"
grep -q '^of all bits ffffffff$' "$t/out" && grep -q '^one more is ready 0$' "$t/out" && grep -q '^and reads 0$' "$t/out" && grep -q '^one is there 1$' "$t/out"
point $? "none is there before, and reads 0"
exit $bad
