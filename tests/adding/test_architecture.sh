#!/bin/bash
# docs/architecture.svg shows the rooms as they include each other now, and no circle of files has come back. BUILD=DIR.
cd "$(dirname "$0")/../.." || exit 1
. tests/tools/tap.sh
grep -q "^<!-- graph $(tests/tools/architecture.py dot | sha256sum | cut -d' ' -f1) -->$" docs/architecture.svg
point $? 'the picture is that of the tree (else: make architecture)'
out=$(tests/tools/architecture.py circles)
[ -z "$out" ]
point $? "no circle of files by includes $out"
out=$(tests/tools/architecture.py calls "${BUILD:-build}")
[ -z "$out" ] && [ -e "${BUILD:-build}/sim/loop.o" ]
point $? "no circle of files by calls $out"
# The script finds circles where there are some.
mkdir "$t/base" && echo '#include "base/b.h"' >"$t/base/a.c" && echo '#include "base/a.h"' >"$t/base/b.h" && : >"$t/base/a.h"
tool=$PWD/tests/tools/architecture.py
[ "$(cd "$t" && "$tool" circles)" = '2 base/a base/b' ]
point $? 'a circle of two files is found'
# Every room of the picture has its line in the page.
out=$(tests/tools/architecture.py dot | sed -n 's/^    "\(.*\)" \[label.*/\1/p' | while read -r r; do grep -qF "| \`$r/\`" docs/architecture.md || echo "$r"; done)
[ -z "$out" ]
point $? "docs/architecture.md says of every room what it knows $out"
echo "1..$n"
exit $bad
