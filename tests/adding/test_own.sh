#!/bin/bash
# An own board, accelerator and network: a copy made by `new`, edited, serves every command; docs/boards.md has every key.
E=$PWD/${BUILD:-build}/etinysim
here=$PWD
. tests/tools/tap.sh
cd "$t" || exit 1
"$E" board new mine --from stm32f407 >out && "$E" board show mine.yaml >shown && grep -q 'copied from stm32f407 (rm0090), not checked' shown && ! grep -q '^[^#]*source:' mine.yaml
point $? 'a copied board claims no source for its own'
"$E" board new mine --from stm32f407 2>err >out
[ $? = 2 ] && grep -q 'mine.yaml: is there already' err
point $? 'a file that is there stays'
"$E" board new 'a b' --from stm32f407 2>err >out
[ $? = 2 ] && grep -q "'a b' is no name" err && "$E" board new other --from nosuch 2>err >out
[ $? = 2 ] && grep -q "unknown board 'nosuch'" err
point $? 'bad names are refused'
sed -i 's/core_hz: 168_000_000/core_hz: 84_000_000/; s/n: 168, p: 2/n: 168, p: 4/; s/apb1_divider: 4/apb1_divider: 2/' mine.yaml
if command -v arm-none-eabi-gcc >/dev/null; then
    "$E" build etinynet-0.25 --input 48 --board mine.yaml -o own.elf >out && "$E" run own.elf --board mine.yaml --db own.db >out && grep -q '^where  *mine (cortex-m4) at 84 MHz$' out &&
        [ "$(sqlite3 own.db "SELECT json_extract(config_json, '\$.wait_states') FROM run")" = 2 ]
    point $? 'clocks and wait states of its firmware are those of the file' # 2 wait states: up to 90 MHz
    "$E" block own.elf nn_product_tiles --board mine.yaml >out && printf 'name: s\nnetwork: etinynet-0.25\ninput: 48\nboard: [%s/mine.yaml]\n' "$t" >s.yaml && "$E" sweep s.yaml --db s.db -q >out &&
        [ "$(sqlite3 s.db "SELECT state FROM point")" = done ]
    point $? 'block and sweep take it'
    sed 's/q: 7}/q: 7, r: 2}/' mine.yaml >bad.yaml
    "$E" build etinynet-0.25 --input 48 --board bad.yaml -o own.elf 2>err >out
    [ $? = 2 ] && grep -q "bad.yaml:[0-9]*: unknown key 'r'" err
    point $? 'an unknown key is refused with file and line'
fi
"$E" accelerator new npu --from tinynpu >out && "$E" npu etinynet-0.25 --accel npu.yaml >out && "$E" network new net --from etinynet-0.25 >out && "$E" model net.yaml >out
point $? 'an accelerator and a network are copied, too'
# All keys that are missing are named at once, by the line on which their map begins.
sed '/^title:/d; /^max_hz:/d; /hse_hz/d' mine.yaml >less.yaml
"$E" board show less.yaml >out 2>err
[ $? = 2 ] && grep -qE "less.yaml:[0-9]+: keys 'title', 'max_hz' are missing; line [0-9]+: key 'hse_hz' is missing$" err
point $? "keys that a board lacks ($(cat err))"
sed '/^clock:/d; /^  accumulator:/d' npu.yaml >less.yaml
"$E" npu etinynet-0.25 --accel less.yaml >out 2>err
[ $? = 2 ] && grep -qE "less.yaml:[0-9]+: key 'clock' is missing; line [0-9]+: key 'accumulator' is missing$" err
point $? "keys that an accelerator lacks ($(cat err))"
printf 'source: x\nlayers: [{op: conv, name: a}]\n' >less.yaml
"$E" network show less.yaml >out 2>err
[ $? = 2 ] && grep -qE "less.yaml:1: keys 'input', 'classes' are missing; line 2: key 'out' is missing$" err
point $? "keys that a network lacks ($(cat err))"
cd "$here" || exit 1
missing=$(grep -oE 'desc_(map|opt)_[a-z0-9]+\([a-z]+, "[a-z0-9_]+"' sim/boards/board.c | grep -oE '"[a-z0-9_]+"' | tr -d '"' | sort -u | grep -vE '^run_ua_per_mhz_(low|high)$' | while read -r k; do grep -q "\b$k\b" docs/boards.md || echo "$k"; done)
[ -z "$missing" ]
point $? "docs/boards.md has every key of the loader $missing"
echo "1..$n"
exit $bad
