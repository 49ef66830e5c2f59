#!/usr/bin/env python3
"""Holds the simulator against published cycle counts: evidence.py ROWS SIMULATOR SOURCES [--write FILE]

ROWS is a table of measured figures (rows.tsv explains its columns). SOURCES/PROGRAM/IMAGE.elf are the programs, built
with the start-up of harness/; each prints lines "NAME CYCLES". One line is printed for each row, then one for each core
and kind. Rows whose image is not there are skipped. --write also puts the tables between two marks of FILE."""
import json
import os
import subprocess
import sys

COLUMNS = ("core kind program image name board clock_mhz wait_states placement compiler published per source seen").split()


def read_rows(path):
    rows = []
    with open(path, encoding="utf-8") as table:
        for number, line in enumerate(table, 1):
            if line.startswith("#") or not line.strip():
                continue
            cells = line.rstrip("\n").split("\t")
            if cells == COLUMNS:
                continue
            if len(cells) != len(COLUMNS):
                sys.exit(f"{path}:{number}: {len(cells)} columns, expected {len(COLUMNS)}")
            row = dict(zip(COLUMNS, cells))
            try:
                row["published"] = float(row["published"])
                row["per"] = float(row["per"])
            except ValueError:
                sys.exit(f"{path}:{number}: 'published' and 'per', expected numbers")
            if row["seen"] not in ("fitted", "chosen", "no") or row["published"] <= 0 or row["per"] <= 0:
                sys.exit(f"{path}:{number}: '{row['seen']}', expected fitted, chosen or no, and positive figures")
            rows.append(row)
    return rows


def simulate(simulator, image, board):
    """Figures that the image prints, the least of each name: programs whose time depends on their input are published so."""
    run = subprocess.run([simulator, "run", image, "--board", board, "--json", "--max-cycles", "20000000000"],
                         capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{image}: {run.stderr.strip()}")
    figures = {}
    for line in json.loads(run.stdout)["uart"].splitlines():
        name, cycles = line.split()
        figures[name] = min(int(cycles), figures.get(name, int(cycles)))
    return figures


def predict(rows, simulator, sources):
    done = {}
    for row in rows:
        image = os.path.join(sources, row["program"], row["image"] + ".elf")
        key = (image, row["board"])
        if key not in done:
            done[key] = simulate(simulator, image, row["board"]) if os.path.exists(image) else None
        if done[key] is None:
            row["predicted"] = None
            continue
        minus = row["name"].split("-")
        figures = [done[key].get(name) for name in minus]
        if None in figures:
            sys.exit(f"{image}: does not print {row['name']}")
        row["predicted"] = (figures[0] - sum(figures[1:])) / row["per"]
        row["error"] = 100 * (row["predicted"] - row["published"]) / row["published"]


def number(value):
    return f"{value:.0f}" if value >= 100 and value == int(value) else f"{value:.2f}"


def statistics(rows):
    groups = {}
    for row in rows:
        groups.setdefault((row["core"], row["kind"]), []).append(row)
    for (core, kind), group in groups.items():
        there = [row for row in group if row["predicted"] is not None]
        unseen = [row for row in there if row["seen"] == "no"]
        yield core, kind, group, there, unseen


def mean_abs(rows):
    return sum(abs(row["error"]) for row in rows) / len(rows) if rows else 0.0


def worst(rows):
    return max((abs(row["error"]) for row in rows), default=0.0)


def tables(rows):
    for core, kind, _, there, unseen in statistics(rows):
        if not there:
            continue
        free = f"the {len(unseen)} that took no part in any choice: {mean_abs(unseen):.2f} %, worst {worst(unseen):.1f} %" \
            if unseen else "each took part in a choice"
        yield f"### {core}, {kind}\n"
        yield f"{len(there)} rows, mean absolute error {mean_abs(there):.2f} %, worst {worst(there):.1f} %; {free}.\n"
        yield "| program | figure | board, MHz, wait states | data in | compiler | published | predicted | error | seen |"
        yield "|--|--|--|--|--|--:|--:|--:|--|"
        for row in there:
            yield (f"| {row['program']} | {row['image']}: {row['name']} | {row['board']}, {row['clock_mhz']}, {row['wait_states']} | "
                   f"{row['placement']} | {row['compiler']} | {number(row['published'])} | {number(row['predicted'])} | "
                   f"{row['error']:+.2f} % | {row['seen']} |")
        yield ""


BEGIN, END = "<!-- evidence -->\n", "<!-- /evidence -->\n"


def write(path, rows):
    """Puts the tables between the two marks of a document, with what they were made by."""
    with open(path, encoding="utf-8") as document:
        text = document.read()
    head, middle, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not middle or not end:
        sys.exit(f"{path}: no lines '{BEGIN.strip()}' and '{END.strip()}'")
    commit = subprocess.run(["git", "log", "-1", "--format=%h", "--", "isa", "sim"], capture_output=True, text=True,
                            check=False).stdout.strip()
    skipped = sum(row["predicted"] is None for row in rows)
    made = (f"Written by `make evidence SOURCES=DIR EVIDENCE='--write docs/validation.md'` with isa/ and sim/ of commit {commit or 'unknown'}: "
            f"{len(rows) - skipped} rows, {skipped} skipped.\n\n")
    with open(path, "w", encoding="utf-8") as document:
        document.write(head + middle + made + "".join(line + "\n" for line in tables(rows)) + end + tail)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    rows = read_rows(sys.argv[1])
    predict(rows, sys.argv[2], sys.argv[3])
    if "--write" in sys.argv[4:-1]:
        write(sys.argv[sys.argv.index("--write") + 1], rows)
    for row in rows:
        label = f"{row['core']} {row['kind']} {row['program']}/{row['image']} {row['name']}"
        if row["predicted"] is None:
            print(f"{label}: skipped, no image")
        else:
            print(f"{label}: predicted {number(row['predicted'])} published {number(row['published'])} "
                  f"error {row['error']:+.2f} % seen {row['seen']}")
    skipped = sum(row["predicted"] is None for row in rows)
    print(f"evidence: skipped {skipped} of {len(rows)} rows")
    for core, kind, _, there, unseen in statistics(rows):
        if there:  # of the unseen rows; where there are none, of all
            told = unseen or there
            print(f"evidence: {core} {kind} rows {len(there)} unseen {len(unseen)} mean_abs {mean_abs(told):.2f} % "
                  f"worst {worst(told):.2f} %")


main()
