#!/bin/bash
# The gate of packaging/: what the GitHub action runs, the CMake function, and the target for PlatformIO, with a firmware that
# is as fast as its baseline and with one that is not. BUILD=DIR.
cd "$(dirname "$0")/../.." || exit 1
BUILD=$(cd "${BUILD:-build}" && pwd)
here=$PWD
. tests/tools/tap.sh
unset MAKEFLAGS MAKELEVEL
command -v arm-none-eabi-gcc >/dev/null || { echo '1..0 # SKIP no arm-none-eabi-gcc' && exit 0; }
mkdir "$t/bin" && ln -s "$BUILD/etinysim" "$t/bin/etinysim" && cp tests/install/guest.S "$t"
export PATH=$t/bin:$PATH
cd "$t" || exit 1
guest() { # file.elf counts: the guest that adds `counts` to 1
    sed "s/#10/#$2/" guest.S >"$1.S" && arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -Wl,--build-id=none -Wl,-Ttext=0x08000000 -Wl,-Tbss=0x20000100 -Wl,-e,Reset "$1.S" -o "$1"
}
guest same.elf 10 && guest slow.elf 100 && etinysim run same.elf --board stm32f407 --json >base.json 2>"$t/log" && [ -s base.json ]
point $? 'guests and a baseline'
# A stub of GitHub's client writes what it is asked for.
cat >bin/gh <<'SH'
#!/bin/sh
echo "$@" >>"$GH_LOG"
cat "$5" >>"$GH_LOG"
SH
chmod +x bin/gh
gate() { # elf [NAME=value...]
    rm -f summary output gh.log
    env ELF="$1" BOARD=stm32f407 BASELINE=base.json LIMITS='--max-cycles-regress 2 --max-sram-regress 0' COMMENT=true PULL_REQUEST=7 \
        GITHUB_STEP_SUMMARY="$t/summary" GITHUB_OUTPUT="$t/output" GH_LOG="$t/gh.log" RUNNER_TEMP="$t" "${@:2}" \
        "$here/packaging/action/gate.sh" >"$t/out" 2>"$t/log"
}
gate same.elf
[ $? = 0 ] && grep -q '^|' summary && [ -s "$(sed -n 's/^report=//p' output)" ] && grep -q '^pr comment 7 ' gh.log && grep -q '^|' gh.log
point $? 'the action: a table in the summary and below the pull request'
gate slow.elf
[ $? = 1 ] && grep -q 'cycles' log && grep -q '^|' summary
point $? 'a broken limit fails, with the table'
gate slow.elf BASELINE= PULL_REQUEST=
[ $? = 0 ] && [ -s summary ] && [ ! -e gh.log ]
point $? 'without a baseline: the figures alone'
gate missing.elf
[ $? = 2 ] && [ ! -s summary ]
point $? 'an image that there is not fails'
if command -v cmake >/dev/null && command -v ctest >/dev/null; then
    mkdir project && cd project || exit 1
    cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.13)
project(gate NONE)
enable_testing()
include(${SCRIPTS}/etinysim.cmake)
foreach(name same slow)
  add_executable(${name} IMPORTED GLOBAL)
  set_target_properties(${name} PROPERTIES IMPORTED_LOCATION ${ELVES}/${name}.elf)
  etinysim_gate(${name} BOARD stm32f407 BASELINE ${ELVES}/base.json LIMITS --max-cycles-regress 2)
endforeach()
CMAKE
    cmake -S . -B b -DSCRIPTS="$here/packaging" -DELVES="$t" >"$t/out" 2>"$t/log"
    point $? 'CMake takes the function'
    cmake --build b --target same-cycles >"$t/out" 2>"$t/log" && grep -q 'cycles' "$t/out"
    point $? 'its target runs the image'
    (cd b && ctest) >"$t/out" 2>"$t/log"
    grep -qE 'same-cycles .*Passed' "$t/out" && grep -qE 'slow-cycles .*Failed' "$t/out"
    point $? 'its test passes for the same image and fails for the slower one'
    cd "$t" || exit 1
else
    skip 'CMake' 'no cmake'
fi
python3 - "$here/packaging/platformio.py" <<'PY' >"$t/out" 2>"$t/log"
import sys
class Env:
    def GetProjectOption(self, name): return {'custom_etinysim_board': 'stm32f407'}[name]
    def AddCustomTarget(self, name, *rest, **more): print(name, *rest)
scope = {'Import': lambda name: scope.update(env=Env())}
exec(open(sys.argv[1]).read(), scope)
PY
grep -qF 'cycles $BUILD_DIR/${PROGNAME}.elf etinysim run "$BUILD_DIR/${PROGNAME}.elf" --board "stm32f407"' "$t/out"
point $? 'the script for PlatformIO adds its target (PlatformIO itself is not run)'
echo "1..$n"
exit $bad
