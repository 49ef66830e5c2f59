#!/usr/bin/env python3
"""Reads the #include lines of the tree. `architecture.py dot` prints the rooms and what each includes as a Graphviz graph,
`circles` the circles of files (a .c and the .h of its name are one file), largest first, `calls BUILD` the same by the symbols
that objects take from each other, `fields FILE STRUCT` counts the members of a struct in a header, those of structs written
inside it included."""
import os
import re
import subprocess
import sys

MODULES = ["base", "isa", "sim", "costmodel", "workloads", "reports", "study", "cli"]


def sources():
    for module in MODULES:
        for folder, folders, files in os.walk(module):
            folders.sort()
            for name in sorted(files):
                path = os.path.join(folder, name)
                if name.endswith((".c", ".h")) and not path.startswith("workloads/firmware/"):
                    yield path


def includes(path):
    with open(path, encoding="utf-8") as f:
        return re.findall(r'^#include "([^"]+\.h)"', f.read(), re.M)


def dot():
    rooms, arrows = set(), set()
    for path in sources():
        room = os.path.dirname(path)
        rooms.add(room)
        for target in includes(path):
            other = os.path.dirname(target)
            if other != room and other.split("/")[0] in MODULES:
                rooms.add(other)
                arrows.add((room, other))
    lines = ["digraph etinysim {", "  rankdir=TB; ranksep=0.6; nodesep=0.25;",
             '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=11];',
             '  edge [color="#00000080", arrowsize=0.6];', '  graph [fontname="Helvetica", fontsize=12];']
    for module in MODULES:
        lines.append(f'  subgraph "cluster_{module}" {{ label="{module}/"; style=filled; color="#e8eef4";')
        for room in sorted(r for r in rooms if r.split("/")[0] == module):
            lines.append(f'    "{room}" [label="{room.split("/")[-1]}"];')
        lines.append("  }")
    # base/ serves everybody; its arrows would cover all others.
    lines += [f'  "{room}" -> "{other}";' for room, other in sorted(arrows) if other != "base"]
    lines.append("}")
    print("\n".join(lines))


def by_includes():
    graph = {}
    for path in sources():
        stem = os.path.splitext(path)[0]
        graph.setdefault(stem, set()).update(t for t in (os.path.splitext(i)[0] for i in includes(path)) if t != stem)
    return graph


def by_calls(build):
    owner, needs = {}, {}
    for stem in {os.path.splitext(path)[0] for path in sources()}:
        obj = os.path.join(build, stem + ".o")
        if os.path.exists(obj):
            for line in subprocess.run(["nm", obj], check=True, capture_output=True, text=True).stdout.splitlines():
                kind, name = line.split()[-2:]
                if kind == "U":
                    needs.setdefault(stem, set()).add(name)
                elif kind.isupper():
                    owner[name] = stem
    return {stem: {owner[n] for n in names if n in owner and owner[n] != stem} for stem, names in needs.items()}


def circles(graph):
    """Strongly connected components of more than one file."""
    index, low, stack, found = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in sorted(graph.get(v, ())):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            part = stack[stack.index(v):]
            del stack[stack.index(v):]
            if len(part) > 1:
                found.append(sorted(part))

    for v in sorted(graph):
        if v not in index:
            visit(v)
    for part in sorted(found, key=len, reverse=True):
        print(len(part), " ".join(part))


def fields(path, struct):
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    at = re.search(r"\bstruct " + struct + r" \{", text).end()
    depth, end = 1, at
    while depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    n = 0
    for part in re.split(r"[;{}]", text[at:end - 1]):
        part = re.sub(r"\([^()]*\)(?=\s*$)", "", part.strip())
        if part and not re.match(r"(struct|enum|union)(\s+\w+)?$", part):
            n += part.count(",") + 1
    print(n)


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    if sys.argv[1:] == ["dot"]:
        dot()
    elif sys.argv[1:] == ["circles"]:
        circles(by_includes())
    elif len(sys.argv) == 3 and sys.argv[1] == "calls":
        circles(by_calls(sys.argv[2]))
    elif len(sys.argv) == 4 and sys.argv[1] == "fields":
        fields(sys.argv[2], sys.argv[3])
    else:
        sys.exit("usage: architecture.py dot | circles | calls BUILD | fields FILE STRUCT")
