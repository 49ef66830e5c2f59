#!/usr/bin/env python3
"""Which number could change without a test that notices?

Every numeric entry of the tables (cores, boards, cost models) is changed in turn, in a copy of its file that
ETINYSIM_DATA puts before the original, and the golden and micro tests that can see it run, fastest first, until one
differs. What the loader refuses counts apart. Then a sample of operators and constants in the C sources: the changed file
is compiled and linked before the library of the build, in a folder of its own, and the tests of its room run until one
fails; tests that fail there without a change are named and not used.

SAMPLE=n takes every n-th of the table entries, SOURCES=n every n-th of the source changes; 0 leaves them out. ONLY=pattern
takes the files whose path matches. QUICK=1 asks the printed tables first, and so does not tell which entries have no
other effect. PROGRAMS=folder keeps the programs of the golden tests for the next run. BUDGET=n ends with the tests that together
take n processor seconds; AGAIN=file tries of an earlier run's output only what survived there. Last line: `mutate: N table entries, S survived; M source changes, K noticed`.
"""
import concurrent.futures as futures
import glob
import itertools
import os
import random
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

SAMPLE = int(os.environ.get('SAMPLE') or 1)
SOURCES = int(os.environ.get('SOURCES') or 1)
BUILD = os.environ.get('BUILD') or 'build'
JOBS = int(os.environ.get('JOBS') or os.cpu_count() or 1)
SOURCES_EACH = int(os.environ.get('EACH') or 28)  # places of a module
BUDGET = float(os.environ.get('BUDGET') or 60)    # processor seconds of the tests of one source change
AGAIN = os.environ.get('AGAIN')
MODULES = ('base', 'isa', 'sim', 'costmodel', 'workloads', 'reports')
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
        of = {'costmodel/synthesis.yaml': 'xc7a100t-etinynet'}.get(path, name if '/accelerators/' in path else None)
        show = [self.golden('show', 'accelerator', 'show', of)] if of else []
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
            jobs += [(path, text, place) for place in places if re.search(ONLY, path)]
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


# Tests of a room, fast ones first: of the first line whose name begins the path. `runs` stands for golden runs of ready-made
# programs, which change neither with the simulator nor with the tables of the cores.
TESTS = [
    ('base/process', 'tests/unit/test_base.c tests/cli/test_signals.sh tests/sweep/test_slurm.sh tests/install/test_install.sh'),
    ('base/clock', 'tests/unit/test_base.c tests/sim/test_run.sh tests/reports/test_store.c'),
    ('base/data', 'tests/unit/test_base.c tests/golden/test_show.sh tests/adding/test_own.sh tests/install/test_install.sh'),
    ('base/', 'tests/unit/test_base.c tests/fuzz/fuzz_desc.c tests/fuzz/fuzz_escape.c tests/golden/test_show.sh tests/golden/test_npu.sh '
              'tests/net/test_network.c tests/reports/test_store.c tests/reports/test_schema.c tests/cli/test_block_network.sh '
              'tests/cli/test_help.sh tests/reports/test_hostile_names.sh tests/sim/test_run.sh tests/cli/test_summary.sh '
              'tests/ledger/test_ledger.sh tests/net/test_tflite.sh tests/adding/test_own.sh'),
    ('isa/', 'tests/micro/test_m*.c tests/unit/test_isa.c tests/selfcheck/test_capstone.c classes tests/unit/test_timing_reference.c '
             'tests/golden/test_show.sh tests/ledger/test_ledger.sh runs tests/sim/test_machine.c tests/cli/test_block_network.sh '
             'tests/armv7m/test_rules.sh'),
    ('sim/memory/', 'tests/unit/test_memory.c tests/micro/test_m7.c tests/ledger/test_ledger.sh tests/golden/test_show.sh '
                    'tests/sim/test_machine.c runs tests/guest/test_devices.sh'),
    ('sim/armv7m/', 'tests/unit/test_mpu.c tests/armv7m/test_rules.sh tests/guest/test_mpu.sh tests/guest/test_exceptions.sh '
                    'tests/sim/test_interrupts.c tests/guest/test_gdb.sh runs'),
    ('sim/devices/', 'registers tests/guest/test_timers.sh tests/guest/test_devices.sh tests/guest/test_vendor.sh '
                     'tests/guest/test_exceptions.sh tests/golden/test_show.sh tests/sim/test_run.sh runs'),
    ('sim/host/', 'tests/unit/test_gdb.c tests/fuzz/fuzz_gdb.c tests/guest/test_profiles.sh tests/guest/test_host.sh '
                  'tests/guest/test_gdb.sh tests/sim/test_run.sh tests/cli/test_summary.sh'),
    ('sim/image/', 'tests/unit/test_gdb.c tests/guest/test_image.sh tests/fuzz/fuzz_elf.c tests/guest/test_profiles.sh tests/cli/test_block_network.sh '
                   'tests/sim/test_run.sh tests/guest/test_host.sh'),
    ('sim/boards/', 'tests/golden/test_show.sh registers runs tests/unit/test_memory.c tests/adding/test_own.sh '
                    'tests/sim/test_run.sh tests/sim/test_machine.c tests/adding/test_adding.sh'),
    ('sim/', 'tests/micro/test_m*.c tests/golden/test_show.sh tests/ledger/test_ledger.sh tests/sim/test_run.sh '
             'tests/sim/test_machine.c tests/sim/test_pieces.c registers runs tests/guest/test_profiles.sh tests/guest/test_exceptions.sh '
             'tests/sim/test_interrupts.c tests/guest/test_gdb.sh tests/install/test_library.sh'),
    ('costmodel/rtl.c', 'tests/golden/test_npu.sh tests/npu/test_npu_cli.sh tests/npu/test_rtl.sh'),
    ('costmodel/calibrate', 'tests/reports/test_calibration.c'),
    ('costmodel/', 'tests/micro/test_energy.c tests/golden/test_npu.sh tests/npu/test_npu_laws.c tests/npu/test_npu_streaming.c '
                   'tests/golden/test_show.sh tests/npu/test_npu_brute.c tests/fuzz/fuzz_accelerator.c tests/npu/test_npu_cross.sh '
                   'tests/reports/test_calibration.c tests/npu/test_npu_cli.sh tests/sweep/test_reproduce.sh tests/npu/test_rtl.sh'),
    ('workloads/graph/', 'tests/net/test_network.c tests/golden/test_show.sh tests/golden/test_npu.sh tests/golden/test_quant.sh tests/fuzz/fuzz_tflite.c '
                         'tests/net/test_tflite.sh tests/net/test_plan.c tests/cli/test_help.sh dense'),
    ('workloads/images/', 'tests/golden/test_quant.sh tests/net/test_shapes.c tests/fuzz/fuzz_png.c tests/net/test_quant.c tests/net/test_evaluate.sh dense'),
    ('workloads/plan/', 'tests/golden/test_npu.sh tests/net/test_plan.c dense tests/firmware/test_build.sh'),
    ('workloads/kernels/', 'tests/golden/test_quant.sh tests/golden/test_npu.sh tests/net/test_plan.c tests/net/test_quant.c dense tests/firmware/test_kernels.sh tests/firmware/test_build.sh'),
    ('workloads/quantise/', 'tests/net/test_input.c tests/golden/test_quant.sh tests/net/test_params.c tests/net/test_mixed.c tests/fuzz/fuzz_params.c '
                            'tests/net/test_quant.c tests/net/test_tflite.sh tests/net/test_evaluate.sh dense tests/net/test_trained.sh'),
    ('workloads/', 'tests/unit/test_detect.c tests/net/test_mixed.c dense tests/net/test_plan.c tests/firmware/test_build.sh'),
    ('reports/plot', 'tests/golden/test_plots.sh tests/reports/test_misleading.sh tests/reports/test_hostile_names.sh'),
    ('reports/html', 'tests/reports/test_html.sh'),
    ('reports/import', 'tests/reports/test_import.c tests/fuzz/fuzz_import.c tests/reports/test_validate.c tests/reports/test_round_trip.sh'),
    ('reports/', 'tests/reports/test_*.c tests/cli/test_summary.sh tests/reports/test_versions.sh tests/reports/test_misleading.sh '
                 'tests/golden/test_plots.sh tests/reports/test_hostile_names.sh tests/reports/test_identity.sh '
                 'tests/reports/test_round_trip.sh tests/sweep/test_reproduce.sh'),
]


FAILED = re.compile(rb'^not ok (?!.*# *SKIP)', re.M)


class Sources:
    """Changes to C files. A build is a folder with the program and test programs, linked from the objects of BUILD and,
    before its library, the changed one."""

    LONGEST = 120  # seconds of processor time that a test may take without a change, to be used here
    ASLEEP = 90    # seconds of the clock in which a test takes no processor time: it waits for what never comes
    PATIENCE = 20  # times the clock's seconds it takes without a change, and a minute: it waits again and again

    def __init__(self, scratch, programs):
        self.scratch = scratch
        self.cc = shlex.split(os.environ['MUTATE_CC']) + ['-g0']
        self.libs = shlex.split(os.environ['MUTATE_LIBS'])
        self.cli = sorted(glob.glob(BUILD + '/cli/*.o'))
        self.gold = [] if run(['gcc', '-fuse-ld=gold', '-xc', '-', '-shared', '-o', '/dev/null'])[0] else ['-fuse-ld=gold']
        self.lock = threading.Lock()
        self.locks = {}
        self.known = {}  # check -> usable, seconds of the processor and of the clock, text
        self.took = {}   # seconds in the last `make test`, if there was one: what is too long is not tried
        for row in open(BUILD + '/test-times') if os.path.exists(BUILD + '/test-times') else []:
            seconds, name = row.split()
            name = name[len(BUILD) + 1:] + '.c' if name.startswith(BUILD + '/') else name
            self.took[re.sub('tests/fuzz/test_', 'tests/fuzz/fuzz_', name)] = int(seconds)
        # A changed program may signal any process: where the system allows it, it sees only those of its test.
        alone = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', '"$@"; exit $?', 'sh']
        self.alone = alone if not run(alone + ['true'])[0] else []
        self.tmp = os.path.abspath(os.path.join(scratch, 'tmp'))
        os.makedirs(self.tmp)
        self.plain = self.folder('plain')
        names = sorted(glob.glob(programs + '/*.elf'), key=os.path.getsize)
        every = [(kind, os.path.basename(e)[:-4]) for kind in ('classes', 'registers', 'run') for e in names
                 if re.match({'classes': 'classes-', 'registers': 'registers-', 'run': '(?!classes-|registers-)'}[kind], os.path.basename(e))]
        self.texts = {kind: [('tests/mutate/check.sh', kind, programs, *self.arguments(kind, name)) for k, name in every if k == kind]
                      for kind in ('classes', 'registers', 'run')}

    @staticmethod
    def arguments(kind, name):
        board = name.split('-')[-1]
        return [board] if kind == 'classes' else [name, board]

    def checks(self, path):
        """Scripts and test programs of tests/ that must pass, and commands whose text must stay the same."""
        words = next(words for prefix, words in TESTS if path.startswith(prefix)).split()
        found = []
        for word in words:
            if word == 'dense':
                more = ['tests/golden/test_iss.sh']
            elif word in ('runs', 'classes', 'registers'):
                more = self.texts[word.rstrip('s') if word == 'runs' else word]
            else:
                more = sorted(glob.glob(word))
            found += [c for c in more if c not in found]
        return found

    def folder(self, name):
        """A folder that the program takes for the one it was built in: it finds the data of this tree."""
        path = os.path.join(self.scratch, name)
        os.makedirs(path)
        if not self.compiled('base/data.c', open('base/data.c').read(), path, path + '/data.o'):
            sys.exit('mutate: base/data.c does not compile')
        return path

    def link(self, folder, objects, out, *more):
        mine = [o for o in (folder + '/changed.o', folder + '/data.o') if os.path.exists(o)]
        os.makedirs(os.path.dirname(out), exist_ok=True)
        rc, text = run(['gcc', *self.gold, *objects, '-Wl,--strip-debug,--allow-multiple-definition', *mine, BUILD + '/modules.a', *self.libs, *more, '-o', out])
        return rc == 0

    def once(self, what):
        with self.lock:
            return self.locks.setdefault(what, threading.Lock())

    def object_of(self, name, source, *options):
        path = os.path.join(self.scratch, name + '.o')
        with self.once(path):
            if not os.path.exists(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                run(self.cc + [*options, '-c', source, '-o', path])
        return path

    def measured(self, command, folder, limit, patience, failed=False):
        """Exit code, text, processor seconds of a command and its children, and the clock's. What takes more processor
        time than the limit is ended, and what hardly takes any: how busy the machine is should not matter. `failed`: it ends
        with its first point that fails."""
        def bound():
            for end in (signal.SIGINT, signal.SIGQUIT): # ignored where this runs in the background
                signal.signal(end, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        env = dict(os.environ, BUILD=folder, CMOCKA_MESSAGE_OUTPUT='TAP', TMPDIR=self.tmp)
        with tempfile.TemporaryFile() as out:
            p = subprocess.Popen([*self.alone, *command], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env,
                                 start_new_session=True, preexec_fn=bound)
            began = moved = time.time()
            used, ended, turn, seen = 0.0, False, 0, 0
            while not ended:
                pid, status, usage = os.wait4(p.pid, os.WNOHANG)
                if pid:
                    p.returncode = os.waitstatus_to_exitcode(status)
                    used = usage.ru_utime + usage.ru_stime
                    break
                turn += 1
                if turn % 10 == 0:
                    now = processor_time(p.pid)
                    if now > used:
                        used, moved = now, time.time()
                    ended = used > limit or time.time() - moved > self.ASLEEP or time.time() - began > patience
                    ended = ended or failed and FAILED.search(os.pread(out.fileno(), 1 << 20, 0)) is not None
                time.sleep(0.05)
            if ended:
                os.killpg(p.pid, signal.SIGKILL)
                p.wait()
            out.seek(0)
            text = out.read(1 << 24)
        return (-1 if ended else p.returncode), text, used, time.time() - began

    def passes(self, folder, check, limit, patience, kept=None):
        """Whether the check passes, its processor seconds, the clock's, and its text."""
        if not isinstance(check, str):
            rc, text, used, clock = self.measured([*check], folder, limit, patience)
            return (rc == 0 and (kept is None or text == kept)), used, clock, text
        command = check
        if check.endswith('.c'):
            command = os.path.join(folder, check[:-2])
            if '/fuzz/' in check:
                name = '-DFUZZ_NAME="%s"' % os.path.basename(check)[:-2]
                objects = [self.object_of(check, check, name), self.object_of(check + '.replay', 'tests/fuzz/replay.c', name)]
            else:
                objects = [self.object_of(check, check)]
            if not self.link(folder, objects, command, '-lcmocka'):
                return False, 0.0, 0.0, b'does not link'
        rc, text, used, clock = self.measured([command], folder, limit, patience, kept is not None)
        return rc == 0 and not FAILED.search(text), used, clock, text

    def usable(self, check):
        with self.once(check):
            if check not in self.known:
                ok, used, clock, text = self.passes(self.plain, check, self.LONGEST, 600)
                self.known[check] = ok, used, clock, text
                if not ok:
                    print('not used, fails without a change or takes more than %d s: %s' % (self.LONGEST, told(check)), flush=True)
                    if os.environ.get('WHY'):
                        print(text.decode(errors='replace')[-3000:])
        return self.known[check]

    def compiled(self, path, text, folder, out):
        copy = os.path.join(folder, 'changed.c')
        write(copy, text)
        mine = ['-UBUILD_DIR', '-DBUILD_DIR="%s"' % os.path.abspath(folder)] if path == 'base/data.c' else []
        return run(self.cc + mine + ['-I', os.path.dirname(path), '-c', copy, '-o', out])[0] == 0

    def try_one(self, folder, job):
        """refused: does not compile; same: the compiler makes the same code of it."""
        path, text, (start, end, other) = job
        changed_object = folder + '/changed.o'
        unchanged = os.path.join(folder, path.replace('/', '-') + '.unchanged')
        if not os.path.exists(unchanged) and not self.compiled(path, text, folder, unchanged):
            sys.exit('mutate: %s does not compile' % path)
        if not self.compiled(path, text[:start] + other + text[end:], folder, changed_object):
            return 'refused', ''
        if open(changed_object, 'rb').read() == open(unchanged, 'rb').read():
            return 'same', ''
        if not self.link(folder, self.cli, folder + '/etinysim'):
            return 'refused', ''
        spent = 0
        for check in self.checks(path):
            if check not in self.known and spent and spent + self.took.get(check, 0) > BUDGET:
                break
            ok, used, clock, kept = self.usable(check)
            spent += used
            if spent > BUDGET and spent > used:
                break
            if ok and not self.passes(folder, check, 10 + 5 * used, 60 + self.PATIENCE * clock, kept)[0]:
                return 'noticed', told(check)
        return 'survived', ''


def told(check):
    return check if isinstance(check, str) else ' '.join(check[1:2] + check[3:])


def processor_time(session):
    """Processor seconds of the processes of a session and of their ended children."""
    ticks = 0
    for stat in glob.glob('/proc/[0-9]*/stat'):
        try:
            rest = open(stat).read().rpartition(')')[2].split()
        except OSError:
            continue
        if int(rest[3]) == session:
            ticks += sum(int(rest[k]) for k in (11, 12, 13, 14))
    return ticks / os.sysconf('SC_CLK_TCK')


def named():
    """The changes of changes.tsv."""
    jobs = []
    for row in open('tests/mutate/changes.tsv'):
        if row.startswith('#') or not row.strip():
            continue
        path, old, new = row.rstrip('\n').split('\t')
        old, new, text = old.replace('\\n', '\n'), new.replace('\\n', '\n'), open(path).read()
        if text.count(old) != 1:
            sys.exit('mutate: changes.tsv: "%s" is %d times in %s, expected once' % (old, text.count(old), path))
        if re.search(ONLY, path):
            jobs.append((path, text, (text.index(old), text.index(old) + len(old), new)))
    return jobs


def sources(scratch, programs):
    """The sample: of each module the same number of places, drawn with a fixed seed, the modules in turn."""
    drawn = []
    for module in MODULES:
        found = []
        for path in sorted(glob.glob(module + '/**/*.c', recursive=True)):
            if '/firmware/' not in path and re.search(ONLY, path):
                text, spots = places(path)
                found += [(path, text, spot) for spot in spots]
        drawn.append(random.Random(module).sample(found, min(len(found), SOURCES_EACH)))
    before = {}
    for row in open(AGAIN) if AGAIN else []:
        how, _, what = row.rstrip('\n').partition(': ')
        if how.split(' ')[0] in ('noticed', 'refused', 'same'):
            before[what] = how
    jobs = [j for row in itertools.zip_longest(*drawn) for j in row if j][SOURCES // 2::SOURCES]
    many = len(jobs)
    jobs += named()
    s = Sources(scratch, programs)
    if not s.link(s.plain, s.cli, s.plain + '/etinysim'):
        sys.exit('mutate: the program cannot be linked')
    if os.environ.get('WHY'):
        for check in dict.fromkeys(c for prefix, _ in TESTS for c in s.checks(prefix)):
            print(told(check), '%.1f s of the processor, %.1f s' % s.usable(check)[1:3], flush=True)
    free = [s.folder('build%d' % k) for k in range(JOBS)]

    def told_of(path, text, place):
        return "'%s' -> '%s' in %s" % (text[place[0]:place[1]].replace('\n', ' '), place[2].replace('\n', ' '), where(path, text, place[0]))

    def one(job):
        known = before.get(told_of(*job))
        if known:
            return tuple((known + ' by ').split(' by ')[:2])
        with s.lock:
            folder = free.pop()
        try:
            return s.try_one(folder, job)
        finally:
            with s.lock:
                free.append(folder)

    count = {'noticed': 0, 'survived': 0, 'refused': 0, 'same': 0}
    of = {'listed': [0, 0], **{module: [0, 0] for module in MODULES}}
    with futures.ThreadPoolExecutor(JOBS) as pool:
        results = {pool.submit(one, job): (k, job) for k, job in enumerate(jobs)}
        for waits in futures.as_completed(results):
            k, job = results[waits]
            how, by = waits.result()
            path = job[0]
            count[how] += 1
            print('%s%s: %s' % (how, ' by ' + by if by else '', told_of(*job)), flush=True)
            if how in ('noticed', 'survived'):
                of['listed' if k >= many else path.split('/')[0]][how == 'survived'] += 1
    print('sources: %s; %d more made the same code, %d did not compile' %
          (', '.join('%s %d of %d' % (m, yes, yes + no) for m, (yes, no) in of.items()), count['same'], count['refused']), flush=True)
    return count['noticed'] + count['survived'], count['noticed']


def main():
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:  # the tests expect a folder below the tree
        n = survived = m = noticed = 0
        programs = os.environ.get('PROGRAMS') or os.path.join(scratch, 'programs')
        os.makedirs(programs, exist_ok=True)
        if not os.listdir(programs) and subprocess.run(['tests/mutate/prepare.sh', programs], env=dict(os.environ, BUILD=BUILD)).returncode:
            sys.exit('mutate: the programs of the golden tests cannot be built')
        if SAMPLE:
            n, survived = tables(programs)
        if SOURCES:
            m, noticed = sources(scratch, programs)
    print('mutate: %d table entries, %d survived; %d source changes, %d noticed' % (n, survived, m, noticed))


if __name__ == '__main__':
    main()
