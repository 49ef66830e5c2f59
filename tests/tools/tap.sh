# Sourced by tests from the project's root: a scratch folder $t that goes away at the end, and points in TAP.
# $n is the number of points so far, $bad is 1 once one has failed.
set -u
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0 bad=0
point() { # status what; of a failure the end of $t/log, out and err is shown
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        bad=1
        cat "$t/log" "$t/out" "$t/err" 2>/dev/null | tail -n 12 | sed 's/^/# /'
    fi
}
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; } # what why
