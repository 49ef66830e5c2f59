#!/bin/bash
# The archive and the Debian packages: the same bytes twice, no complaint of lintian, and what is unpacked from them runs and
# serves a program of another. BUILD is not used: the packages are built from the archive, without optimisation.
. tests/tools/tap.sh
unset MAKEFLAGS MAKELEVEL ETINYSIM_DATA
for p in dh lintian git; do
    command -v "$p" >/dev/null || { echo "1..0 # SKIP no $p" && exit 0; }
done
git rev-parse --git-dir >/dev/null 2>&1 || { echo '1..0 # SKIP no list of the tree without git' && exit 0; }
mkdir "$t/tree"
git ls-files -z -c -o --exclude-standard | tar c --null --ignore-failed-read -T - 2>/dev/null | tar x -C "$t/tree"
version=$(make -s version)
cd "$t/tree" || exit 1
export SOURCE_DATE_EPOCH=1790000000
make -s dist >"$t/log" 2>&1 && cp "build/etinysim-$version.tar.gz" "$t/first.tar.gz" && touch Makefile && make -s dist >>"$t/log" 2>&1 &&
    cmp "$t/first.tar.gz" "build/etinysim-$version.tar.gz" >>"$t/log"
point $? 'the archive has the same bytes when it is made again'
tar tzf "$t/first.tar.gz" | sed "s,^etinysim-$version/,," | sort >"$t/has"
find . -path ./build -prune -o -type f -printf '%P\n' | sort | diff - "$t/has" >"$t/log"
point $? 'it holds the tree'
DEB_BUILD_OPTIONS='noopt parallel=2' make deb >"$t/log" 2>&1
point $? 'dpkg-buildpackage builds the packages'
lintian --allow-root --fail-on error,warning build/deb/*.changes >"$t/log" 2>&1
point $? 'lintian has no complaint'
for p in build/deb/*.deb; do dpkg -x "$p" "$t/root"; done
cp examples/cost_network.c "$t" && cd "$t" && rm -rf "$t/tree"
root=$t/root
"$root/usr/bin/etinysim" npu etinynet-1.0 --accel tinynpu >"$t/out" 2>"$t/log"
point $? 'the program runs from where it was unpacked'
lib=$(dirname "$root"/usr/lib/*/libetinysim.so)
export PKG_CONFIG_PATH=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root LD_LIBRARY_PATH=$lib
# shellcheck disable=SC2046
cc cost_network.c $(pkg-config --cflags --libs etinysim) -o cost >"$t/log" 2>&1 && ./cost etinynet-1.0 tinynpu >"$t/out" 2>"$t/log" && grep -q '^all: ' "$t/out"
point $? 'an example builds against the development package, runs with the shared library and finds the data'
[ -s "$root/usr/share/man/man1/etinysim-run.1.gz" ] && [ -s "$root/usr/share/bash-completion/completions/etinysim" ]
point $? 'manual pages and completions are in the package'
echo "1..$n"
exit $bad
