#!/bin/bash
# One check of `mutate.py`, as text: what the golden test of the same name compares. KIND, folder of programs, arguments.
set -u
kind=$1 programs=$2
shift 2
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
. tests/golden/iss/lib.sh
case $kind in
run) run_text "$programs/$1.elf" "$2" ;;
registers) registers_text "$programs/$1.elf" "$2" ;;
classes) classes_text "$programs/classes-$1.elf" "$1" ;;
show) "$E" "$@" ;;
esac 2>&1
