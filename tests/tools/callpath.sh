#!/bin/bash
# The calls from main() to a function, as they stand when a run of PROGRAM reaches it for the first time:
#   callpath.sh PROGRAM FUNCTION ELF BOARD
# The emulator's translated code cannot be unwound, so the calls below on_block() follow those above uc_emu_start().
set -u
[ $# = 4 ] || { echo "usage: callpath.sh PROGRAM FUNCTION ELF BOARD" >&2; exit 2; }
gdb=$(command -v gdb || command -v gdb-multiarch) || { echo 'callpath.sh: needs gdb' >&2; exit 5; }
stack() { # function: the names of the calls that lead to it, the outermost first
    timeout 60 "$gdb" -batch -nx -ex 'set breakpoint pending on' -ex "break $1" -ex run -ex bt --args "$program" run "$elf" --board "$board" \
        2>/dev/null </dev/null | sed -nE 's/^#[0-9]+ +(0x[0-9a-f]+ in )?([a-z_0-9]+) \(.*( at [^ ]+:[0-9]+| from .*)?$/\2/p' | tac
}
program=$1 elf=$3 board=$4
{
    stack uc_emu_start | sed '/^main$/d'
    stack "$2" | sed -n '/^on_block$/,$p'
} | awk '{ printf "%s%s", (NR > 1 ? " → " : ""), $0 } END { printf "\n%d calls\n", NR - 1 }'
