#!/bin/bash
# Runs test programs (cmocka) and scripts, all of which speak TAP, and counts their points:
#   ok N - what        not ok N - what        ok N - what # SKIP why
# A program that dies, prints no point, prints other than the `1..N` it announces, or fails without saying which counts
# as one failure.
# TEST_ONLY=pattern runs a part. Closing line: `N passed, N failed`.
set -u
export CMOCKA_MESSAGE_OUTPUT=TAP
pass=0 fail=0 skip=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for t in "$@"; do
    case "$t" in *${TEST_ONLY:-}*) ;; *) continue ;; esac
    start=$(date +%s)
    timeout "${TEST_TIMEOUT:-900}" "$t" >"$log" 2>&1
    rc=$?
    sed -i -E 's/^not (ok .*# *SKIP)/\1/' "$log" # cmocka's way to print a skipped test
    p=$(grep -c '^ok ' "$log")
    s=$(grep -ciE '^ok .*# *skip' "$log")
    f=$(grep -c '^not ok ' "$log")
    if [ $rc -ne 0 ] && [ "$f" = 0 ] || [ $((p + f)) = 0 ]; then
        f=$((f + 1))
        echo "not ok - $t ended with status $rc" >>"$log"
    elif plan=$(awk '/^1\.\.[0-9]+/ { n += substr($1, 4) } END { print n + 0 }' "$log"); [ "$plan" != 0 ] && [ $((p + f)) != "$plan" ]; then
        echo "not ok - $t printed $((p + f)) points of $plan" >>"$log"
        f=$((f + 1))
    fi
    pass=$((pass + p - s)) skip=$((skip + s)) fail=$((fail + f))
    printf '%-44s %4d ok' "${t#"${BUILD:-build}"/}" $((p - s))
    [ "$s" != 0 ] && printf ', %d skipped' "$s"
    [ "$f" != 0 ] && printf ', %d FAILED' "$f"
    printf '  (%d s)\n' $(($(date +%s) - start))
    grep -iE '^ok .*# *skip' "$log" | sed 's/^/    /'
    [ "$f" != 0 ] && { grep -v '^ok ' "$log" | tail -n 40 | sed 's/^/    /'; }
done
echo "$pass passed, $fail failed, $skip skipped"
[ $fail = 0 ] && [ $pass != 0 ]
