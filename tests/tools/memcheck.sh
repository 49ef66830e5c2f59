#!/bin/bash
# The whole suite with every program of the project under valgrind's memcheck: an error or lost memory fails the test that
# caused it, and its report is printed. Arguments as for run-tests.sh; takes hours. TEST_ONLY=pattern runs a part.
set -u
BUILD=${BUILD:-build}
V=$(pwd)/$BUILD/valgrind
command -v valgrind >/dev/null || { echo 'memcheck needs valgrind'; exit 1; }
rm -rf "$V"
mkdir -p "$V/log"
wrap() { # program: a script of its name that runs it under valgrind
    local to=$V/${1#"$BUILD"/}
    mkdir -p "${to%/*}"
    cat >"$to" <<END
#!/bin/bash
exec valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --log-file='$V/log/${1##*/}.%p' '$(pwd)/$1' "\$@"
END
    chmod +x "$to"
}
tests=()
wrap "$BUILD/etinysim"
for t in "$@"; do
    case "$t" in
    "$BUILD"/*) wrap "$t"; tests+=("${V#"$(pwd)"/}/${t#"$BUILD"/}") ;;
    *) tests+=("$t") ;;
    esac
done
BUILD=${V#"$(pwd)"/} TEST_TIMEOUT=10000 MEMCHECK=1 tests/tools/run-tests.sh "${tests[@]}"
rc=$?
find "$V/log" -type f -size +0 | while read -r f; do
    echo "== ${f##*/}"
    head -n 40 "$f"
done
bad=$(find "$V/log" -type f -size +0 | wc -l)
echo "memcheck: $bad processes with errors"
[ $rc = 0 ] && [ "$bad" = 0 ]
