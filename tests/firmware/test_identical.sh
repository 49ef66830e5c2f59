#!/bin/bash
# The same firmware is the same file, to the byte, whatever folder, work folder, locale, time zone, file mode mask and
# user's home it is built in, by `build` and by a sweep with a relative database.
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - identical firmware # SKIP no arm-none-eabi-gcc"; echo 1..1; exit 0; }
tree=$PWD
E=$tree/${BUILD:-build}/etinysim
. tests/tools/tap.sh
build() { "$E" build etinynet-0.25 --input 48 --board stm32f746 -q -o "$1"; }
mkdir -p "$t/odd folder/work" "$t/plain"
ln -s "$t/odd folder" "$t/link"
cd "$t/plain" && build first.elf
point $? 'builds'
same() { cmp -s "$t/plain/first.elf" "$1"; point $? "the same bytes $2"; }
cd "$t/odd folder" || exit 1
TMPDIR=work build second.elf
same second.elf 'with a relative TMPDIR, in a folder with a blank'
TMPDIR=$t/link/work build third.elf
same third.elf 'with a TMPDIR behind a symbolic link'
(umask 077; HOME=/nowhere USER=somebody LOGNAME=somebody TZ=Pacific/Chatham LC_ALL=C.UTF-8 LANG=tr_TR.UTF-8 LANGUAGE=tr build fourth.elf)
same fourth.elf 'in another locale, time zone and home'
if command -v arm-none-eabi-readelf >/dev/null; then
    ! arm-none-eabi-readelf --debug-dump=info,line "$t/plain/first.elf" 2>/dev/null | grep -qE "etinysim-[A-Za-z0-9]{6}|$t|$tree/"
    point $? 'neither the work folder nor the source tree is named in the debug information'
fi
# A sweep works beside its database.
cat >sweep.yaml <<'YAML'
name: one
network: [etinynet-0.25]
input: [48]
board: [stm32f746]
YAML
sweep() { "$E" sweep "$1/sweep.yaml" --db "$2" -q --no-check >/dev/null && sqlite3 "$2" 'SELECT group_concat(elf_sha256) FROM runs'; }
one=$(sweep . relative.db) && two=$(cd "$t/plain" && sweep "$t/odd folder" "$t/plain/absolute.db")
[ -n "$one" ] && [ "$one" = "$two" ]
point $? 'a relative and an absolute database store the same sum of the file'
[ "$one" = "$(sha256sum "$t/plain/first.elf" | cut -d ' ' -f 1)" ]
point $? 'which is that of the file that `build` makes'
echo "1..$n"
exit $bad
