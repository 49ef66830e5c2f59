#!/bin/bash
# Runs test programs (cmocka) and scripts, all of which speak TAP, and counts their points:
#   ok N - what        not ok N - what        ok N - what # SKIP why
# A program that dies, prints no point, prints other than the `1..N` it announces, or fails without saying which counts
# as one failure.
# TEST_JOBS of them run at a time (as many as there are processors), those that took longest the last time first.
# TEST_ONLY=pattern runs a part. Closing line: `N passed, N failed`.
set -u
export CMOCKA_MESSAGE_OUTPUT=TAP
build=${BUILD:-build} jobs=${TEST_JOBS:-$(nproc)}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mkdir -p "$build" # may not exist where every test is named by hand
times=$build/test-times
touch "$times"

# Runs test $1; leaves its points, and the text to print, in files of $out named after it.
run() {
    local t=$1 log count start rc p s f plan
    log=$out/${t//\//_}
    count=$log.count
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
    echo "$((p - s)) $f $s $(($(date +%s) - start)) $t" >"$count"
    {
        printf '%-44s %4d ok' "${t#"$build"/}" $((p - s))
        [ "$s" != 0 ] && printf ', %d skipped' "$s"
        [ "$f" != 0 ] && printf ', %d FAILED' "$f"
        printf '  (%d s)\n' $(($(date +%s) - start))
        grep -iE '^ok .*# *skip' "$log" | sed 's/^/    /'
        [ "$f" != 0 ] && { grep -v '^ok ' "$log" | tail -n 40 | sed 's/^/    /'; }
    } >"$log.text"
    flock "$out" cat "$log.text"
}

chosen=()
for t in "$@"; do case "$t" in *${TEST_ONLY:-}*) chosen+=("$t") ;; esac; done
[ ${#chosen[@]} = 0 ] && { echo "0 passed, 0 failed, 0 skipped"; exit 1; }
mapfile -t ordered < <(printf '%s\n' "${chosen[@]}" |
    awk 'FILENAME != "-" { took[$2] = $1; next } { print (($0 in took) ? took[$0] : 1), $0 }' "$times" - | sort -s -k1,1nr | cut -d' ' -f2-)
running=0
for t in "${ordered[@]}"; do
    [ $running -ge "$jobs" ] && { wait -n; running=$((running - 1)); }
    run "$t" &
    running=$((running + 1))
done
wait
cat "$out"/*.count | awk '{ print $4, $5 }' >"$out/now"
awk 'FILENAME == ARGV[1] { now[$2] = 1; print; next } !($2 in now)' "$out/now" "$times" >"$out/times" && cp "$out/times" "$times"
read -r pass fail skip < <(cat "$out"/*.count | awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }')
echo "$pass passed, $fail failed, $skip skipped"
[ "$fail" = 0 ] && [ "$pass" != 0 ] && [ "$(ls "$out"/*.count | wc -l)" = ${#chosen[@]} ]
