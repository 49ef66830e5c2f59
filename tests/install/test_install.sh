#!/bin/bash
# A copy of the tree without git, as from a release archive, installs all that the program reads at run time; what is
# installed needs neither the source tree nor the folder it was installed to, and says where it looked for missing data.
. tests/tools/tap.sh
unset MAKEFLAGS MAKELEVEL ETINYSIM_DATA
mkdir "$t/source"
if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files -z -c -o --exclude-standard | tar c --null --ignore-failed-read -T - 2>/dev/null | tar x -C "$t/source"
else
    tar c --exclude ./build . | tar x -C "$t/source"
fi
cd "$t/source" || exit 1
# Data is what is neither compiled into the program nor a record of how a data file was made.
{
    find base isa sim costmodel workloads reports study -type f ! -name '*.[ch]' ! -name '*.def' ! -name '*.log' ! -name '*.py'
    find workloads/firmware -type f
} | LC_ALL=C sort -u >"$t/want"
make -s manifest | LC_ALL=C sort | diff "$t/want" - >"$t/log"
point $? 'the manifest holds every data file of the tree'

# Built with one PREFIX, installed with another.
{ make -j2 OPT=-O0 SAN=-Wno-error BUILD=build PREFIX=/nowhere && make OPT=-O0 SAN=-Wno-error BUILD=build install PREFIX="$t/first"; } >"$t/log" 2>&1
point $? 'a tree without git builds and installs'
cd / && mv "$t/source" "$t/hidden" && mv "$t/first" "$t/i"
E=$t/i/bin/etinysim
sees() { # what command...
    "${@:2}" >"$t/out" 2>"$t/log" </dev/null
    point $? "without the source tree: $1"
}
[ -s "$t/i/share/man/man1/etinysim.1" ] && [ -s "$t/i/share/man/man1/etinysim-run.1" ] &&
    grep -q '^complete ' "$t/i/share/bash-completion/completions/etinysim" && grep -q '^#compdef etinysim$' "$t/i/share/zsh/site-functions/_etinysim"
point $? 'manual pages and completions are installed'
sees 'board list' "$E" board list
[ "$(grep -c ^stm32 "$t/out")" = 8 ]
point $? 'all eight boards are listed'
sees 'core list' "$E" core list
sees 'network compare' "$E" network compare
sees 'accelerator list' "$E" accelerator list
sees 'npu' "$E" npu etinynet-1.0 --accel tinynpu
if command -v arm-none-eabi-gcc >/dev/null; then
    sees 'build' "$E" build etinynet-0.25 --input 48 --board stm32f746 -o "$t/a.elf"
    sees 'run' "$E" run "$t/a.elf" --board stm32f746 --db "$t/a.db" --explain
    sees 'report' "$E" report layers --db "$t/a.db"
else
    n=$((n + 1)) && echo "ok $n - build and run # SKIP no arm-none-eabi-gcc"
fi
sees 'report list' "$E" report list
sees 'plot list' "$E" plot list
if command -v gnuplot >/dev/null; then
    sees 'reproduce' "$E" reproduce --paper-only -o "$t/page"
else
    n=$((n + 1)) && echo "ok $n - reproduce # SKIP no gnuplot"
fi
# Data of the tree it was built in must not answer for the installed data.
mv "$t/hidden" "$t/source"
mv "$t/i/share" "$t/away"
while read -r command; do
    # shellcheck disable=SC2086
    "$E" $command >"$t/out" 2>"$t/log"
    [ $? = 5 ] && grep -qF "$t/i/share/etinysim" "$t/log" && [ "$(wc -l <"$t/log")" = 1 ] && [ ! -s "$t/out" ]
    point $? "without data: $command ends with 5 and names the folder"
done <<'TABLE'
board list
board show stm32f412
core list
core show cortex-m4
network list
network show etinynet-1.0
accelerator list
report list
plot list
npu etinynet-1.0 --accel tinynpu
TABLE
echo "1..$n"
exit $bad
