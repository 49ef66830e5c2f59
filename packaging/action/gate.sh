#!/bin/bash
# What action.yml runs: $ELF on $BOARD, beside $BASELINE under $LIMITS. The table goes to the summary of the job and, with
# COMMENT=true, below pull request $PULL_REQUEST, where a later run replaces it. Exits as `etinysim compare`: 1 when a limit is broken.
set -u
if ! command -v etinysim >/dev/null; then
    tree=$(cd "${GITHUB_ACTION_PATH:-$(dirname "$0")}/../.." && pwd) || exit 5
    make -C "$tree" deps all >&2 || exit 5
    etinysim() { "$tree/build/etinysim" "$@"; }
fi
folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/etinysim.XXXXXX") || exit 5
report=$folder/report.md
read -r -a limits <<<"${LIMITS:-}"
etinysim run "$ELF" --board "$BOARD" --db "$folder/new.db" -q
rc=$?
[ $rc = 0 ] || { echo "etinysim run ended with $rc" >&2; exit $rc; }
if [ -n "${BASELINE:-}" ]; then
    etinysim compare "$BASELINE" "$folder/new.db" "${limits[@]}" --format md >"$report"
    rc=$?
else
    etinysim report layers --db "$folder/new.db" --format md >"$report" || exit
fi
[ -z "${GITHUB_OUTPUT:-}" ] || echo "report=$report" >>"$GITHUB_OUTPUT"
cat "$report" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
if [ "${COMMENT:-}" = true ] && [ -n "${PULL_REQUEST:-}" ]; then
    # A pull request from a fork has no right to write; its result is in the summary all the same.
    gh pr comment "$PULL_REQUEST" --body-file "$report" --edit-last >/dev/null 2>&1 || gh pr comment "$PULL_REQUEST" --body-file "$report" ||
        echo 'no comment could be written' >&2
fi
exit $rc
