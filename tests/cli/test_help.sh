#!/bin/bash
# `--help` of every command: short, and generated from the options that the command takes.
E=$PWD/${BUILD:-build}/etinysim
. tests/tools/tap.sh
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
[ "$("$E" help run)" = "$help" ] && [ "$("$E" help)" = "$("$E" --help)" ]
point $? 'help COMMAND is COMMAND --help'
says() { # text command...
    out=$("$E" "${@:2}" 2>&1 >/dev/null)
    [ $? = 2 ] && grep -qF "$1" <<<"$out"
    point $? "${*:2}: $1"
}
says "unknown command 'rnu', did you mean 'run'?" rnu
says "unknown command 'xyzzy' (see etinysim --help)" xyzzy
says "unknown option '--bord', did you mean '--board'?" run --bord x
says "unknown board 'stm32f47', did you mean 'stm32f407'? known: " board show stm32f47
says "unknown network 'etinynet-01.0', did you mean 'etinynet-1.0'? known: " model etinynet-01.0
says 'expected bash or zsh' completion fish
# What bash offers for the words of a line, the last of which is being typed.
offers() { # expected words...
    local want=$1
    shift
    out=$(cd / && E=$E bash -c '. <("$E" completion bash); compopt() { :; }; COMP_WORDS=("$E" "$@"); COMP_CWORD=$#; _etinysim; echo "${COMPREPLY[*]}"' - "$@" 2>&1)
    [ "$out" = "$want" ]
    point $? "bash completes '$*': $want"
}
offers 'compare core completion' co
offers 'list' board li
offers 'stm32h743' board show stm32h
offers 'stm32f746' run x.elf --board stm32f7
offers '--max-cycles --max-seconds' run --max-
offers 'inplace pingpong' build etinynet-1.0 --plan ''
offers 'csv' report costs --format c
offers 'xc7a100t-etinynet' npu etinynet-1.0 --accel xc7
if command -v zsh >/dev/null; then
    "$E" completion zsh >"${TMPDIR:-/tmp}/_etinysim.$$" && zsh -n "${TMPDIR:-/tmp}/_etinysim.$$"
    point $? 'zsh reads its completion'
    rm -f "${TMPDIR:-/tmp}/_etinysim.$$"
fi
page=$("$E" help run --man)
grep -qx '\.TH ETINYSIM-RUN 1 .*' <<<"$page" && grep -qF '\fB\-\-max\-cycles\fR \fIN\fR' <<<"$page" &&
    ! grep -q "^'" <<<"$page"
point $? 'the manual page has the options of the help'
if command -v groff >/dev/null; then
    out=$(for c in '' $commands; do "$E" help $c --man | groff -man -ww -z 2>&1; done)
    [ -z "$out" ]
    point $? "groff finds no fault in the manual pages $out"
fi
echo "1..$n"
exit $bad
