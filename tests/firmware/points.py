"""Points in TAP, and the reports of the program under test."""
import json
import subprocess

printed = 0


def point(ok, what):
    global printed
    printed += 1
    print(f"{'ok' if ok else 'not ok'} {printed} - {what}")


def call(tool, *args):
    """The program's JSON; None, with its message as a comment, when it fails."""
    r = subprocess.run([tool, *args], capture_output=True, text=True)
    if r.returncode:
        print("#", r.stderr.strip().replace("\n", " "))
    return json.loads(r.stdout) if r.returncode == 0 else None
