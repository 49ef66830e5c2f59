#!/usr/bin/env python3
"""Which number could change without a test that notices?

Every numeric entry of the tables (cores, boards, cost models) is changed in turn, in a copy of its file that
ETINYSIM_DATA puts before the original, and the golden and micro tests that can see it run, fastest first, until one
differs. Then a sample of operators and constants in the C sources: each is changed in a copy of the tree, built there,
and tried against the tests of its module. SAMPLE=n takes every n-th of both; TABLES=0 or SOURCES=0 leaves one out.
"""
import concurrent.futures as futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

SAMPLE = max(1, int(os.environ.get('SAMPLE') or 1))
BUILD = os.environ.get('BUILD') or 'build'
JOBS = int(os.environ.get('JOBS') or os.cpu_count() or 1)
SOURCES_EVERY = 97  # of all places in the C sources: some hundred of them
ONLY = os.environ.get('ONLY', '')
TREE = os.getcwd()

NUMBER = re.compile(r'(?<![\w.#/-])-?(?:0x[0-9a-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.%])')


def entries(path):
    """Places (start, end) of the numbers of a YAML file that are values: not in comments, quoted text, keys or prose."""
    text = open(path).read()
    blank = re.sub(r'"(?:[^"\\]|\\.)*"|(?:(?<=\s)|^)#[^\n]*', lambda m: ' ' * len(m.group()), text, flags=re.M)
    blank = re.sub(r'\b(?:source|also|assumed|what|title|name|key|quote|note|reason): *[^,}\n]*', lambda m: ' ' * len(m.group()), blank)
    return text, [m.span() for m in NUMBER.finditer(blank) if re.search(r'[:\[,] *$', blank[:m.start()][-40:])]


def changed(number):
    """A nearby value: one more, or about an eighth more of what is large, or the next word of an address."""
    plain = number.replace('_', '')
    if plain.startswith('0x'):
        return hex(int(plain, 16) + 4)
    if re.fullmatch(r'-?\d+', plain):
        n = int(plain)
        return str(n + max(1, abs(n) // 8))
    return repr(float(plain) * 1.125 or 0.125)


def run(argv, env=None, cwd=None, timeout=120):
    try:
        p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env, cwd=cwd,
                           timeout=timeout)
        return p.returncode, p.stdout
    except subprocess.TimeoutExpired:
        return -1, b'timeout'


def field(path, key):
    found = re.search(r'^%s: *(\S+)' % key, open(path).read(), re.M)
    return found.group(1) if found else ''


class Tables:
    """Changes to table entries; a check is a command whose output and exit code must be those of the unchanged tables."""

    def __init__(self, programs):
        self.programs = programs
        self.plain = {}
        self.lock = threading.Lock()
        self.core_of = {os.path.basename(b)[:-5]: field(b, 'core') for b in glob.glob('sim/boards/*.yaml')}

    def golden(self, kind, *args):
        return ['tests/mutate/check.sh', kind, self.programs, *args]

    def runs(self, board):
        """Golden runs on a board, the shortest first."""
        elves = sorted(glob.glob('%s/*-%s.elf' % (self.programs, board)), key=os.path.getsize)
        return [self.golden('run', os.path.basename(e)[:-4], board) for e in elves if not re.search('/(classes|registers)-', e)]

    def checks(self, path):
        """Checks that can see an entry of the file; those that only print the table again come last, apart."""
        name = os.path.basename(path)[:-5]
        if path.startswith('isa/cores/'):
            boards = sorted(b for b, c in self.core_of.items() if c == name)
            classes = {'cortex-m4': 'stm32f412', 'cortex-m7': 'stm32h743'}
            effect = [[BUILD + '/tests/micro/test_' + name.split('-')[1]]]
            effect += [self.golden('classes', classes[name])] if name in classes else []
            effect += [c for b in boards[:1] for c in self.runs(b)]
            return effect, [self.golden('show', 'core', 'show', name)]
        if path.startswith('sim/boards/'):
            return [self.golden('registers', 'registers-' + name, name)] + self.runs(name), [self.golden('show', 'board', 'show', name)]
        npu = open('tests/golden/test_npu.sh').read()
        effect = [[BUILD + '/etinysim', 'npu', *m.split()] for m in re.findall(r'^check \S+ (.*)$', npu, re.M)]
        effect.sort(key=lambda c: name not in ' '.join(c))
        effect += [[BUILD + '/tests/micro/test_energy']]
        show = [self.golden('show', 'accelerator', 'show', name)] if '/accelerators/' in path else []
        return effect, show

    def result(self, check, overlay):
        key = tuple(check)
        with self.lock:
            known = self.plain.get(key)
        env = dict(os.environ, BUILD=BUILD)
        env.pop('ETINYSIM_DATA', None)
        if known is None:
            known = run(check, env)
            with self.lock:
                self.plain[key] = known
        rc, out = run(check, dict(env, ETINYSIM_DATA=overlay))
        if os.path.basename(check[0]).startswith('test_'):
            return rc == known[0]
        return (rc, out) == known

    def same(self, checks, overlay):
        return all(self.result(c, overlay) for c in checks if os.path.exists(c[0]))

    def try_one(self, job):
        path, text, (start, end) = job
        with tempfile.TemporaryDirectory() as overlay:
            copy = os.path.join(overlay, path)
            os.makedirs(os.path.dirname(copy))
            with open(copy, 'w') as f:
                f.write(text[:start] + changed(text[start:end]) + text[end:])
            effect, show = self.checks(path)
            if not self.same(effect, overlay):
                return 'effect'
            return 'survived' if self.same(show, overlay) else 'show'


def where(path, text, start):
    line = text.count('\n', 0, start) + 1
    return '%s:%d: %s' % (path, line, text.split('\n')[line - 1].strip()[:90])


def tables(programs):
    jobs = []
    for pattern in ('isa/cores/*.yaml', 'sim/boards/*.yaml', 'costmodel/**/*.yaml'):
        for path in sorted(glob.glob(pattern, recursive=True)):
            text, places = entries(path)
            jobs += [(path, text, place) for place in places if ONLY in path]
    jobs = jobs[::SAMPLE]
    t = Tables(programs)
    count = {'effect': 0, 'show': 0, 'survived': 0}
    with futures.ThreadPoolExecutor(JOBS) as pool:
        for (path, text, (start, end)), how in zip(jobs, pool.map(t.try_one, jobs)):
            count[how] += 1
            if how != 'effect':
                print('%s %s -> %s in %s' % ('printed only:' if how == 'show' else 'survived:', text[start:end], changed(text[start:end]),
                                             where(path, text, start)), flush=True)
    print('tables: %d noticed by an effect, %d only by a printed table' % (count['effect'], count['show']))
    return len(jobs), count['survived']


# Operators and constants of C, one change each.
SWAPS = [(r'(?<![-<>=!+*/&|^%])<=(?!=)', '<'), (r'(?<![-<>=])>=(?!=)', '>'), (r'==', '!='), (r'!=', '=='), (r'&&', '||'), (r'\|\|', '&&'),
         (r'(?<= )<(?= )', '<='), (r'(?<= )>(?= )', '>='), (r'(?<= )\+(?= )', '-'), (r'(?<= )-(?= )', '+'), (r'(?<= )\*(?= )', '+'),
         (r'(?<=[ (])\d+(?=[;,)\] ])', None)]


def places(path):
    text = open(path).read()
    blank = re.sub(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'', lambda m: re.sub(r'[^\n]', ' ', m.group()), text, flags=re.S)
    blank = re.sub(r'^[ \t]*#[^\n]*(?:\\\n[^\n]*)*', lambda m: re.sub(r'[^\n]', ' ', m.group()), blank, flags=re.M)
    found = []
    for pattern, other in SWAPS:
        for m in re.finditer(pattern, blank):
            found.append((m.start(), m.end(), other if other is not None else str(int(m.group()) + 1)))
    return text, sorted(found)


# Tests of a module, fast ones first; a pattern names files, so that a folder may be split without a change here.
TESTS = {
    'isa': ['tests/micro/test_m*.c', 'tests/unit/test_isa.c', 'tests/golden/test_classes.sh', 'tests/unit/test_timing_reference.c', 'tests/sim/*.c',
            'tests/golden/test_iss.sh'],
    'sim': ['tests/sim/test_*.c', 'tests/unit/test_mpu.c', 'tests/unit/test_gdb.c', 'tests/golden/test_show.sh',
            'tests/sim/*.sh', 'tests/armv7m/*.sh', 'tests/ledger/*.sh', 'tests/guest/test_*.sh', 'tests/golden/test_iss.sh'],
    'costmodel': ['tests/micro/test_energy.c', 'tests/golden/test_npu.sh', 'tests/npu/test_*.c', 'tests/npu/test_*.sh', 'tests/reports/test_calibration.c'],
    'workloads': ['tests/unit/test_detect.c', 'tests/net/test_*.c', 'tests/golden/test_npu.sh', 'tests/net/*.sh', 'tests/firmware/test_[abi]*.sh',
                  'tests/golden/test_iss.sh'],
    'reports': ['tests/reports/test_*.c', 'tests/golden/test_plots.sh', 'tests/reports/*.sh', 'tests/sweep/test_reproduce.sh'],
}


def tests_of(path):
    seen = []
    for pattern in TESTS[path.split('/')[0]]:
        seen += [t for t in sorted(glob.glob(pattern)) if t not in seen]
    return seen


sound = {}  # does a test pass in a copy of the unchanged tree?


def make(tree, target):
    return run(['make', '-s', 'BUILD=build', 'WARN=-w', target], cwd=tree)[0] == 0


def passes(tree, test):
    command = test
    if test.endswith('.c'):
        command = 'build/' + test[:-2]
        if not make(tree, command):
            return False
    rc, out = run([command], dict(os.environ, BUILD='build', CMOCKA_MESSAGE_OUTPUT='TAP'), tree, 240)
    return rc == 0 and not re.search(rb'^not ok', out, re.M)


def write(path, text):
    with open(path, 'w') as f:
        f.write(text)


def source_worker(tree, job):
    path, text, (start, end, other) = job
    target = os.path.join(tree, path)
    for test in tests_of(path):
        if not sound.get(test, True):
            continue
        write(target, text[:start] + other + text[end:])
        try:
            if not make(tree, 'build/etinysim'):
                return 'refused'  # does not compile
            failed = not passes(tree, test)
        finally:
            write(target, text)
        if failed and test not in sound:  # the change, or the test in this place?
            make(tree, 'build/etinysim')
            sound[test] = passes(tree, test)
            if not sound[test]:
                print('not used, fails unchanged: %s' % test, flush=True)
        if failed and sound.get(test):
            return 'noticed'
    return 'survived'


def sources(scratch):
    jobs = []
    for module in TESTS:
        for path in sorted(glob.glob(module + '/**/*.c', recursive=True)):
            if ONLY in path and '/firmware/' not in path:
                text, found = places(path)
                jobs += [(path, text, place) for place in found]
    jobs = jobs[SOURCES_EVERY // 2::SOURCES_EVERY * SAMPLE]
    trees = []
    for k in range(JOBS):
        trees.append(os.path.join(scratch, 'tree%d' % k))
        shutil.copytree(TREE, trees[-1], symlinks=True, ignore=shutil.ignore_patterns('.git', 'asan'))
        # The library knows the folder it was built in, and looks for its data there.
        for path in glob.glob(trees[-1] + '/build/base/data.o'):
            os.remove(path)
    free = list(trees)
    lock = threading.Lock()

    def one(job):
        with lock:
            tree = free.pop()
        try:
            return source_worker(tree, job)
        finally:
            with lock:
                free.append(tree)

    made = noticed = 0
    with futures.ThreadPoolExecutor(JOBS) as pool:
        for (path, text, (start, end, other)), how in zip(jobs, pool.map(one, jobs)):
            if how == 'refused':
                continue
            made += 1
            noticed += how == 'noticed'
            if how == 'survived':
                print("survived: '%s' -> '%s' in %s" % (text[start:end], other, where(path, text, start)), flush=True)
    return made, noticed


def main():
    with tempfile.TemporaryDirectory() as scratch:
        n = survived = m = noticed = 0
        if os.environ.get('TABLES') != '0':
            programs = os.path.join(scratch, 'programs')
            os.mkdir(programs)
            if subprocess.run(['tests/mutate/prepare.sh', programs], env=dict(os.environ, BUILD=BUILD)).returncode:
                sys.exit('mutate: the programs of the golden tests cannot be built')
            n, survived = tables(programs)
        if os.environ.get('SOURCES') != '0':
            m, noticed = sources(scratch)
    print('mutate: %d table entries, %d survived; %d source changes, %d noticed' % (n, survived, m, noticed))


main()
