#!/usr/bin/env python3
"""Which number could change without a test that notices?

Every numeric entry of the tables (cores, boards, cost models) is changed in turn, in a copy of its file that
ETINYSIM_DATA puts before the original, and the golden and micro tests that can see it run, fastest first, until one
differs. What the loader refuses counts apart. Then a sample of operators and constants in the C sources: the changed file
is compiled and linked before the library of the build, in a folder of its own, and the tests of its room run until one
fails; tests that fail there without a change are named and not used.

SAMPLE=n takes every n-th of the table entries, SOURCES=n every n-th of the source changes; 0 leaves them out. ONLY=text
takes the files whose path holds it. QUICK=1 asks the printed tables first, and so does not tell which entries have no
other effect. PROGRAMS=folder keeps the programs of the golden tests for the next run. Last line: `mutate: N table entries, S survived; M source changes, K noticed`.
"""
import concurrent.futures as futures
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time

SAMPLE = int(os.environ.get('SAMPLE') or 1)
SOURCES = int(os.environ.get('SOURCES') or 1)
BUILD = os.environ.get('BUILD') or 'build'
JOBS = int(os.environ.get('JOBS') or os.cpu_count() or 1)
SOURCES_EVERY = 97  # of all places in the C sources: some hundred of them
ONLY = os.environ.get('ONLY', '')
QUICK = os.environ.get('QUICK')
TREE = os.getcwd()

NUMBER = re.compile(r'(?<![\w.#/-])-?(?:0x[0-9a-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.%])')


def entries(path):
    """Places (start, end) of the numbers of a YAML file that are values: not in comments, quoted text, keys or prose."""
    text = open(path).read()
    blank = re.sub(r'"(?:[^"\\]|\\.)*"|(?:(?<=\s)|^)#[^\n]*', lambda m: ' ' * len(m.group()), text, flags=re.M)
    # A sentence ends at a comma inside braces, at the end of the line outside of them.
    prose = r'(?:source|also|assumed|what|title|name|key|quote|note|reason): *'
    for pattern in (r'^ *(?:- )?' + prose + r'[^\n]*', r'\b' + prose + r'[^,}\n]*'):
        blank = re.sub(pattern, lambda m: ' ' * len(m.group()), blank, flags=re.M)
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
            if os.path.basename(check[0]).startswith('test_') and known[0]:
                raise SystemExit('mutate: %s fails without a change' % check[0])
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
            write(copy, text[:start] + changed(text[start:end]) + text[end:])
            effect, show = self.checks(path)
            # What only loads the file tells whether it is refused: the program ends with 2.
            for check in show + [c for c in effect if c[0].endswith('/etinysim')][:1]:
                if run(check, dict(os.environ, BUILD=BUILD, ETINYSIM_DATA=overlay))[0] == 2:
                    return 'refused'
            if QUICK and not self.same(show, overlay):
                return 'show'
            if not self.same(effect, overlay):
                return 'effect'
            return 'survived' if self.same(show, overlay) else 'show'


def write(path, text):
    with open(path, 'w') as f:
        f.write(text)


def where(path, text, start):
    line = text.count('\n', 0, start) + 1
    return '%s:%d: %s' % (path, line, text.split('\n')[line - 1].strip()[:90])


def tables(programs):
    jobs = []
    for pattern in ('isa/cores/*.yaml', 'sim/boards/*.yaml', 'costmodel/**/*.yaml'):
        for path in sorted(glob.glob(pattern, recursive=True)):
            text, places = entries(path)
            jobs += [(path, text, place) for place in places if ONLY in path]
    jobs = jobs[SAMPLE // 2::SAMPLE]
    t = Tables(programs)
    count = {'effect': 0, 'show': 0, 'survived': 0, 'refused': 0}
    with futures.ThreadPoolExecutor(JOBS) as pool:
        for (path, text, (start, end)), how in zip(jobs, pool.map(t.try_one, jobs)):
            count[how] += 1
            if how == 'survived' or how == 'show' and not QUICK:
                print('%s %s -> %s in %s' % ('printed only:' if how == 'show' else 'survived:', text[start:end], changed(text[start:end]),
                                             where(path, text, start)), flush=True)
    print('tables: %d noticed by an effect, %d only by a printed table; %d more were refused by the loader' %
          (count['effect'], count['show'], count['refused']), flush=True)
    return len(jobs) - count['refused'], count['survived']


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


# Tests of a room, fast ones first: of the first line whose name begins the path.
TESTS = [
    ('isa/', 'tests/micro/test_m*.c tests/unit/test_isa.c tests/golden/test_classes.sh tests/unit/test_timing_reference.c '
             'tests/golden/test_show.sh tests/sim/test_machine.c tests/golden/test_guests.sh'),
    ('sim/memory/', 'tests/unit/test_memory.c tests/sim/test_machine.c'),
    ('sim/armv7m/', 'tests/unit/test_mpu.c tests/sim/test_interrupts.c tests/armv7m/test_rules.sh tests/guest/test_exceptions.sh '
                    'tests/guest/test_mpu.sh tests/golden/test_guests.sh'),
    ('sim/devices/', 'tests/golden/test_registers.sh tests/guest/test_timers.sh tests/guest/test_devices.sh tests/guest/test_vendor.sh '
                     'tests/golden/test_guests.sh'),
    ('sim/host/', 'tests/unit/test_gdb.c tests/guest/test_host.sh tests/guest/test_profiles.sh tests/guest/test_gdb.sh tests/sim/test_run.sh'),
    ('sim/', 'tests/sim/test_machine.c tests/golden/test_show.sh tests/sim/test_interrupts.c tests/sim/test_run.sh tests/ledger/test_*.sh '
             'tests/golden/test_registers.sh tests/golden/test_guests.sh'),
    ('costmodel/', 'tests/micro/test_energy.c tests/golden/test_npu.sh tests/npu/test_*.c tests/golden/test_show.sh tests/npu/test_npu_cli.sh '
                   'tests/reports/test_calibration.c'),
    ('workloads/plan/', 'tests/net/test_plan.c tests/golden/test_npu.sh tests/golden/test_iss.sh'),
    ('workloads/kernels/', 'tests/net/test_plan.c tests/net/test_quant.c tests/golden/test_iss.sh'),
    ('workloads/quantise/', 'tests/net/test_quant.c tests/net/test_mixed.c tests/net/test_params.c tests/net/test_tflite.sh tests/golden/test_iss.sh'),
    ('workloads/images/', 'tests/net/test_shapes.c tests/net/test_quant.c tests/golden/test_iss.sh'),
    ('workloads/graph/', 'tests/net/test_network.c tests/golden/test_show.sh tests/golden/test_npu.sh tests/net/test_tflite.sh'),
    ('workloads/', 'tests/unit/test_detect.c tests/net/test_mixed.c tests/firmware/test_build.sh tests/golden/test_iss.sh'),
    ('reports/', 'tests/reports/test_*.c tests/golden/test_plots.sh tests/reports/test_*.sh'),
]


def tests_of(path):
    patterns = next(patterns for prefix, patterns in TESTS if path.startswith(prefix)).split()
    seen = []
    for pattern in patterns:
        seen += [t for t in sorted(glob.glob(pattern)) if t not in seen]
    return seen


class Sources:
    """Changes to C files. A build is a folder with the program and test programs, linked from the objects of BUILD and,
    before its library, the changed one."""

    LONGEST = 60  # seconds that a test may take without a change, to be used here

    def __init__(self, scratch):
        self.scratch = scratch
        self.cc = shlex.split(os.environ['MUTATE_CC'])
        self.libs = shlex.split(os.environ['MUTATE_LIBS'])
        self.cli = sorted(glob.glob(BUILD + '/cli/*.o'))
        self.lock = threading.Lock()
        self.locks = {}
        self.known = {}  # test -> (usable, seconds)
        self.plain = self.folder('plain')

    def folder(self, name):
        """A folder that the program takes for the one it was built in: it finds the data of this tree."""
        path = os.path.join(self.scratch, name)
        os.makedirs(path, exist_ok=True)
        if run(self.cc + ['-UBUILD_DIR', '-DBUILD_DIR="%s"' % path, '-c', 'base/data.c', '-o', path + '/data.o'])[0]:
            sys.exit('mutate: base/data.c does not compile')
        return path

    def link(self, folder, objects, out, *more):
        mine = [o for o in (folder + '/changed.o', folder + '/data.o') if os.path.exists(o)]
        os.makedirs(os.path.dirname(out), exist_ok=True)
        return run(['gcc', *objects, *mine, BUILD + '/modules.a', *self.libs, *more, '-o', out])[0] == 0

    def once(self, what):
        with self.lock:
            return self.locks.setdefault(what, threading.Lock())

    def object_of(self, test):
        path = os.path.join(self.scratch, test[:-2] + '.o')
        with self.once(path):
            if not os.path.exists(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                run(self.cc + ['-c', test, '-o', path])
        return path

    def passes(self, folder, test, timeout):
        command = test
        if test.endswith('.c'):
            command = os.path.join(folder, test[:-2])
            if not self.link(folder, [self.object_of(test)], command, '-lcmocka'):
                return False
        rc, out = run([command], dict(os.environ, BUILD=folder, CMOCKA_MESSAGE_OUTPUT='TAP'), None, timeout)
        return rc == 0 and not re.search(rb'^not ok (?!.*# *SKIP)', out, re.M)

    def usable(self, test):
        with self.once(test):
            if test not in self.known:
                began = time.time()
                ok = self.passes(self.plain, test, self.LONGEST)
                self.known[test] = ok, time.time() - began
                if not ok:
                    print('not used, fails without a change or takes more than %d s: %s' % (self.LONGEST, test), flush=True)
        return self.known[test]

    def try_one(self, folder, job):
        path, text, (start, end, other) = job
        copy = os.path.join(folder, 'changed.c')
        write(copy, text[:start] + other + text[end:])
        include = ['-I', os.path.dirname(path), '-c', copy, '-o', folder + '/changed.o']
        if run(self.cc + include)[0] or not self.link(folder, self.cli, folder + '/etinysim'):
            return 'refused'  # does not compile
        for test in tests_of(path):
            ok, seconds = self.usable(test)
            if ok and not self.passes(folder, test, 10 + 5 * seconds):
                return 'noticed'
        return 'survived'


def sources(scratch):
    jobs = []
    for module in sorted({prefix.split('/')[0] for prefix, _ in TESTS}):
        for path in sorted(glob.glob(module + '/**/*.c', recursive=True)):
            if ONLY in path and '/firmware/' not in path:
                text, found = places(path)
                jobs += [(path, text, place) for place in found]
    every = 1 if ONLY else SOURCES_EVERY
    jobs = jobs[every // 2::every * SOURCES]
    s = Sources(scratch)
    if not s.link(s.plain, s.cli, s.plain + '/etinysim'):
        sys.exit('mutate: the program cannot be linked')
    free = [s.folder('build%d' % k) for k in range(JOBS)]

    def one(job):
        with s.lock:
            folder = free.pop()
        try:
            return s.try_one(folder, job)
        finally:
            with s.lock:
                free.append(folder)

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
        if SAMPLE:
            programs = os.environ.get('PROGRAMS') or os.path.join(scratch, 'programs')
            os.makedirs(programs, exist_ok=True)
            if not os.listdir(programs) and subprocess.run(['tests/mutate/prepare.sh', programs], env=dict(os.environ, BUILD=BUILD)).returncode:
                sys.exit('mutate: the programs of the golden tests cannot be built')
            n, survived = tables(programs)
        if SOURCES:
            m, noticed = sources(scratch)
    print('mutate: %d table entries, %d survived; %d source changes, %d noticed' % (n, survived, m, noticed))


if __name__ == '__main__':
    main()
