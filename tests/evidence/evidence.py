#!/usr/bin/env python3
"""Holds the simulator against published cycle counts: evidence.py ROWS SIMULATOR SOURCES [--write FILE] [--bounds FILE]
                                               or: evidence.py --check ROWS DOCUMENT BOUNDS

ROWS is a table of measured figures (rows.tsv explains its columns). SOURCES/PROGRAM/IMAGE.elf are the programs, built
with the start-up of harness/; each prints lines "NAME CYCLES". One line is printed for each row, then one for each core
and kind. Rows whose image is not there are skipped. --write also puts the tables between two marks of FILE; --bounds
writes what `run` states as the error of its cycles. --check: these two files agree with each other and with ROWS."""
import json
import math
import os
import re
import subprocess
import sys

COLUMNS = ("core kind program image name board clock_mhz wait_states placement compiler published per source seen").split()


STANDS = 10  # percent of an image's cycles from which on its figures say something of a ground
# Figures are of calls that were made before, and are printed after: these cycles are not theirs.
AROUND = ("icache-fill", "dcache-fill", "exceptions", "peripherals")
HOLD = 0.95  # of the figures lie within a bound


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
    """Figures that the image prints, the least of each name: programs whose time depends on their input are published so;
    and the grounds that its cycles stand on (sim/exec/grounds.def)."""
    run = subprocess.run([simulator, "run", image, "--board", board, "--json", "--max-cycles", "20000000000"],
                         capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{image}: {run.stderr.strip()}")
    figures = {}
    result = json.loads(run.stdout)
    for line in result["uart"].splitlines():
        name, cycles = line.split()
        figures[name] = min(int(cycles), figures.get(name, int(cycles)))
    ground = result["config"].get("ground", [])
    return figures, " ".join(part["name"] for part in ground if part["percent"] >= STANDS and part["name"] not in AROUND)


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
        printed, row["ground"] = done[key]
        figures = [printed.get(name) for name in minus]
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


def code_of(kind):
    """The kinds of code that a run is told apart by: what is not assembly alone may be anything."""
    return "assembly" if kind.startswith("assembly") else "C"


def bounds(rows):
    """For each core, kind of code and ground: how many figures stand there, and the error that HOLD of them keep within,
    the worst of fewer than 20. Figures that took part in a choice count only where there are no others."""
    groups = {}
    for row in rows:
        for ground in ["any"] + row["ground"].split():
            groups.setdefault((row["core"], code_of(row["kind"]), ground), []).append(row)
    for (core, code, ground), group in sorted(groups.items()):
        told = [row for row in group if row["seen"] == "no"] or group
        errors = sorted(abs(round(row["error"], 2)) for row in told)
        yield {"core": core, "code": code, "ground": ground, "rows": len(told), "of": len(group),
               "error_percent": f"{errors[math.ceil(HOLD * len(errors)) - 1]:.2f}"}


def bounds_text(rows):
    yield "# How far the cycles of a run may be off, from measured programs: `run` takes its error from here. Written by"
    yield "# `make evidence SOURCES=DIR EVIDENCE='--write docs/validation.md --bounds sim/exec/evidence.yaml'`; how, stands in"
    yield "# docs/validation.md. ground: see grounds.def; rows: figures that the bound is taken from."
    yield "bounds:"
    for b in bounds(rows):
        yield "  - {" + ", ".join(f"{key}: {b[key]}" for key in ("core", "code", "ground", "rows", "error_percent")) + "}"


def bounds_table(rows):
    yield "### What the error of a run is taken from\n"
    yield "| core | code | stands on | figures | taken | error |"
    yield "|--|--|--|--:|--:|--:|"
    for b in bounds(rows):
        yield f"| {b['core']} | {b['code']} | {b['ground']} | {b['of']} | {b['rows']} | {b['error_percent']} % |"
    yield ""


def tables(rows):
    yield from bounds_table([row for row in rows if row["predicted"] is not None])
    for core, kind, _, there, unseen in statistics(rows):
        if not there:
            continue
        free = f"the {len(unseen)} that took no part in any choice: {mean_abs(unseen):.2f} %, worst {worst(unseen):.1f} %" \
            if unseen else "each took part in a choice"
        yield f"### {core}, {kind}\n"
        yield f"{len(there)} rows, mean absolute error {mean_abs(there):.2f} %, worst {worst(there):.1f} %; {free}.\n"
        yield "| program | figure | board, MHz, wait states | data in | compiler | published | predicted | error | seen | stands on |"
        yield "|--|--|--|--|--|--:|--:|--:|--|--|"
        for row in there:
            yield (f"| {row['program']} | {row['image']}: {row['name']} | {row['board']}, {row['clock_mhz']}, {row['wait_states']} | "
                   f"{row['placement']} | {row['compiler']} | {number(row['published'])} | {number(row['predicted'])} | "
                   f"{row['error']:+.2f} % | {row['seen']} | {row['ground']} |")
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
    made = (f"Written by `make evidence SOURCES=DIR EVIDENCE='--write docs/validation.md --bounds sim/exec/evidence.yaml'` "
            f"with isa/ and sim/ of commit {commit or 'unknown'}: "
            f"{len(rows) - skipped} rows, {skipped} skipped.\n\n")
    with open(path, "w", encoding="utf-8") as document:
        document.write(head + middle + made + "".join(line + "\n" for line in tables(rows)) + end + tail)


def published_rows(path):
    """The rows of the tables that write() made."""
    rows, core, kind = [], "", ""
    with open(path, encoding="utf-8") as document:
        for line in document:
            title = re.fullmatch(r"### (cortex-\S+), (.*)\n", line)
            if title:
                core, kind = title.groups()
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if len(cells) == 10 and cells[7].endswith(" %"):
                rows.append({"core": core, "kind": kind, "name": f"{cells[0]} {cells[1]}", "published": float(cells[5]),
                             "predicted": float(cells[6]), "error": float(cells[7][:-2]), "seen": cells[8],
                             "ground": cells[9]})
    return rows


def check(table, document, bounds_file):
    wrong = []
    asked = {f"{row['program']} {row['image']}: {row['name']}": row for row in read_rows(table)}
    told = published_rows(document)
    for row in told:
        of = asked.pop(row["name"], None)
        if of is None or (of["core"], of["kind"], of["seen"], round(of["published"], 2)) != \
                (row["core"], row["kind"], row["seen"], row["published"]):
            wrong.append(f"{document}: '{row['name']}' is not what {table} says")
        if abs(100 * (row["predicted"] / row["published"] - 1) - row["error"]) > 0.06:
            wrong.append(f"{document}: '{row['name']}': the error is not that of the two figures")
    wrong += [f"{document}: without '{name}' of {table}" for name in asked]
    with open(bounds_file, encoding="utf-8") as there:
        if there.read() != "".join(line + "\n" for line in bounds_text(told)):
            wrong.append(f"{bounds_file}: does not follow from the rows of {document}")
    with open(document, encoding="utf-8") as there:
        if "\n".join(bounds_table(told)) not in there.read():
            wrong.append(f"{document}: the bounds do not follow from its rows")
    sys.exit("\n".join(wrong) or 0)


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "--check":
        check(*sys.argv[2:])
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    rows = read_rows(sys.argv[1])
    predict(rows, sys.argv[2], sys.argv[3])
    if "--write" in sys.argv[4:-1]:
        write(sys.argv[sys.argv.index("--write") + 1], rows)
    if "--bounds" in sys.argv[4:-1]:
        with open(sys.argv[sys.argv.index("--bounds") + 1], "w", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in bounds_text([row for row in rows if row["predicted"] is not None]))
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
