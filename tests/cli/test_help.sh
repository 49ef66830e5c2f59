#!/bin/bash
# `--help` of every command: short, and generated from the options that the command takes.
set -u
E=$PWD/${BUILD:-build}/etinysim
n=0 bad=0
point() { # 0/1 what
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=1; fi
}
commands=$("$E" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 21 ]
point $? 'the help lists at least 21 commands'
for c in $commands; do
    help=$("$E" "$c" --help) && [ "$(wc -l <<<"$help")" -le 20 ] && ! grep -q ' $' <<<"$help" &&
        [ "$(head -n 1 <<<"$help" | cut -d' ' -f1)" = etinysim ]
    point $? "$c --help: at most 20 lines, the usage first"
    # An option of the list that the command did not know would be refused as unknown. /dev/null serves as any value.
    unknown=$(sed -n 's/^  \(-.*\)/\1/p' <<<"$help" | grep -oE '(^|[,;] +)-[-a-zA-Z]+' | grep -oE -- '-[-a-zA-Z]+$' | while read -r o; do
        "$E" "$c" "$o" /dev/null --help 2>&1 >/dev/null | grep 'unknown option'
    done)
    [ -z "$unknown" ]
    point $? "$c: takes the options that its help lists"
done
help=$("$E" run --help)
grep -qx '  --max-cycles N      stop there, exit code 4;  --max-seconds N: of host time' <<<"$help"
point $? 'run --help: an option with its value and text, another one behind it'
echo "1..$n"
exit $bad
