#!/bin/bash
# Rules of the tree that a compiler does not check. Prints each breach; exit 1 if there is any.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
say() { echo "lint: $*"; bad=1; }

# Dependencies run one way: cli -> study -> {sim -> isa, costmodel -> workloads, reports} -> base.
allowed() {
    case "$1" in
    base) echo base ;;
    isa) echo 'isa base' ;;
    sim) echo 'sim isa base' ;;
    workloads) echo 'workloads base' ;;
    costmodel) echo 'costmodel workloads base' ;;
    reports) echo 'reports base' ;;
    study) echo 'study base isa sim workloads costmodel reports' ;;
    cli) echo 'cli study base isa sim workloads costmodel reports' ;;
    esac
}
# The same within a module of several rooms: what a room may include beside itself. A room that is not listed may include nothing;
# `above` are headers of the module itself.
rooms() {
    case "$1" in
    workloads/images) ;;
    workloads/graph) echo 'firmware' ;;
    workloads/kernels) echo 'graph firmware' ;;
    workloads/quantise) echo 'kernels graph images firmware' ;;
    workloads/plan) echo 'kernels graph firmware' ;;
    sim/image | sim/boards) ;;
    sim/memory) echo 'boards' ;;
    sim/armv7m | sim/devices) echo 'boards' ;;
    sim/exec) echo 'boards memory devices attached image armv7m' ;;
    sim/attached) echo 'devices' ;;
    sim/host) echo 'exec image' ;;
    study/sweep) echo above ;;
    study/library) ;;
    study/paper) echo sweep ;;
    workloads/emit) echo 'plan quantise kernels graph images firmware' ;;
    esac
}
# Sources of the library's module $1; workloads/firmware/ is target code.
sources() { git ls-files --cached --others --exclude-standard "$1/*.c" "$1/*.h" | grep -v '^workloads/firmware/'; }
for m in base isa sim workloads costmodel reports study cli; do
    for f in $(sources $m); do
        [ -e "$f" ] || continue
        for inc in $(sed -n 's/^#include "\([a-z0-9_]*\)\/.*/\1/p' "$f" | sort -u); do
            case " $(allowed $m) " in *" $inc "*) ;; *) say "$f includes $inc/, which $m may not" ;; esac
        done
        room=$(dirname "$f")
        [ "$room" = $m ] && continue
        for inc in $(sed -n "s/^#include \"$m\/\([a-z0-9_]*\)\/.*/\1/p" "$f" | sort -u); do
            case " ${room##*/} $(rooms "$room") " in *" $inc "*) ;; *) say "$f includes $m/$inc/, which $room may not" ;; esac
        done
        case " $(rooms "$room") " in
        *' above '*) ;;
        *) grep -q "^#include \"$m/[a-z0-9_]*\.h\"" "$f" && say "$f includes a header above its room" ;;
        esac
    done
done
# No circle of files: neither by includes nor, where a build is there, by calls.
circles=$(tests/tools/architecture.py circles; tests/tools/architecture.py calls "${BUILD:-build}")
[ -z "$circles" ] || say "in a circle: $circles"
only() { # header owner
    git ls-files --cached --others --exclude-standard '*.c' '*.h' | grep -v "^$2/\|^tests/" | xargs -r grep -ln "#include <$1" | while read -r f; do echo "lint: $f includes <$1, only $2 may"; done
}
for pair in capstone:isa unicorn:sim libelf:sim gelf:sim elfutils:sim sqlite3:reports; do
    out=$(only "${pair%%:*}" "${pair##*:}")
    [ -n "$out" ] && { echo "$out"; bad=1; }
done
for f in $(git ls-files --cached --others --exclude-standard '*.h'); do
    [ -e "$f" ] || continue
    n=$(grep -cE '^[a-z].*\(.*[^*]$|^[a-z].*\);' "$f")
    [ "$n" -le 40 ] || say "$f declares $n functions; a header should say less"
done
git grep -nIE '\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b' -- '*.c' '*.h' '*.py' '*.sh' && bad=1
git grep -nI '[[:space:]]$' -- '*.c' '*.h' '*.sh' '*.py' '*.yaml' '*.sql' '*.S' && { say 'trailing blanks'; }
# Every `source:` of a data file is a key of docs/sources.md.
for key in $(git ls-files '*.yaml' | grep -v '^tests/' | xargs -r grep -hoE '\bsource: *[a-z][a-z0-9.-]*' | sed 's/.*: *//' | sort -u); do
    grep -qE "^\| $key \|" docs/sources.md || say "docs/sources.md lacks the key $key"
done
# Libraries neither print nor exit.
for m in base isa sim costmodel workloads reports study; do
    sources $m | grep '\.c$' | xargs -r grep -nE '\b(printf|puts|putchar|perror|exit|abort)\(|fprintf\((stdout|stderr)' | grep -v 'snprintf\|buf_printf' && say "$m/ prints or exits"
done
# JSON is built through base/json.h.
git ls-files '*.c' | grep -v '^tests/' | xargs -r grep -nE '\\"[a-z_%]+\\": ?' && say 'JSON keys written by hand'
# Exported names carry the prefix of their file, room or module, or one of prefixes.txt. Needs the objects of a build.
objects=$(for m in base isa sim workloads costmodel reports study; do sources $m; done | sed -n "s|^\(.*\)\.c$|${BUILD:-build}/\1.o|p" | xargs ls 2>/dev/null)
if [ -z "$objects" ]; then
    echo 'lint: nothing is built, exported names are not checked'
else
    out=$(echo "$objects" | xargs nm -A --defined-only -g | awk -v build="${BUILD:-build}/" '
        FNR == NR { if ($1 !~ /^#/) for (i = 2; i <= NF; i++) also[$1, $i] = 1; next }
        {
            file = substr($1, length(build) + 1); sub(/\.o:.*/, "", file)
            n = split(file, part, "/"); folder = file; sub(/\/[^\/]*$/, "", folder)
            ok = 0
            for (i = 1; i <= n; i++) ok = ok || $NF == part[i] || index($NF, part[i] "_") == 1
            first = $NF; sub(/_.*/, "", first)
            if (!ok && !((folder, first) in also)) print "lint: " file ".c exports " $NF ", which has none of the prefixes of " folder
        }' tests/tools/prefixes.txt -)
    [ -n "$out" ] && { echo "$out"; bad=1; }
fi
# clang-format leaves comments and strings as wide as they are.
git ls-files '*.c' '*.h' | xargs -r awk 'length > 100 { print "lint: " FILENAME ":" FNR " is over 100 columns" }' | grep . && bad=1
# The layout of .clang-format.
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
    git ls-files '*.c' '*.h' | xargs -r clang-format --dry-run -Werror --ferror-limit=1 || say 'layout differs from .clang-format (make format mends it)'
else
    echo 'lint: no clang-format 14, layout is not checked'
fi
[ $bad = 0 ] && echo 'lint: clean'
exit $bad
