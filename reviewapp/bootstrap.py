"""usage: python3 reviewapp/bootstrap.py COMMAND [ARGUMENT ...]

  demo     serve a finished little world on http://127.0.0.1:8000 and print its accounts
  test     run the test suite, or only what the arguments name (as for pytest)
  bench    run the benchmarks
  lint     check formatting, imports, templates, types and migrations
  manage   run a management command: manage ingest --help
  setup    only install what work on the code needs

Each sets itself up in .venv/ first. Standard library only, and readable by Python 3.7: the Python that starts
this file may be too old for Reviewapp while a newer one waits on the PATH.
"""

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
VENV_PYTHON = VENV_BIN / "python"
UNFINISHED = VENV / "reviewapp-setup-unfinished"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
STAMPS = {kind: VENV / f"reviewapp-installed-{kind}" for kind in LOCKS}
PYTHON_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11", "python3")
# Live and browser tests start processes of their own, so they follow the fast suite, two files at a time.
LATER_TESTS = ("tests/services_live", "tests/browser")
TWO_AT_A_TIME = ("-n", "2", "--dist", "loadfile")
STRICTLY_TYPED = ("labeling/policy", "labeling/stats", "labeling/formats")
PROBE = """import os, sys
if sys.version_info < (3, 11): sys.exit(3)
import ensurepip, venv
print(os.path.realpath(sys.executable))"""


def main(arguments):
    command, *rest = arguments or ["help"]
    if command not in ("demo", "test", "bench", "lint", "manage", "setup"):
        print(__doc__)
        return 0 if command in ("help", "-h", "--help") else 2
    ensure_installed("runtime" if command in ("demo", "manage") else "dev")
    if command == "manage":  # stays in the caller's folder, so that relative paths mean what they say
        return become(ROOT / "manage.py", *rest)
    os.chdir(ROOT)
    if command == "demo":
        os.environ["REVIEWAPP_DEMO"] = "1"  # before settings load: it lets them make up a secret key
        return become("manage.py", "demo", *rest)
    if command == "bench":
        return become("-m", "tests.bench", *rest)
    if command == "test" and rest:
        return become("-m", "pytest", *rest)
    return run_all({"test": test_commands, "lint": lint_commands, "setup": list}[command]())


def become(*arguments):
    """Replace this process, so that Ctrl-C and signals reach the server itself."""
    os.execv(VENV_PYTHON, [VENV_PYTHON, *arguments])


def test_commands():
    later = [
        [VENV_PYTHON, "-m", "pytest", folder, *TWO_AT_A_TIME] for folder in LATER_TESTS if (ROOT / folder).is_dir()
    ]
    return [[VENV_PYTHON, "-m", "pytest", "-n", "auto"], *later]


def lint_commands():
    import secrets

    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))  # settings refuse to load without one
    templates = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("templates/**/*.html"))
    return [
        [VENV_PYTHON, "-m", "ruff", "format", "--check", "."],
        [VENV_PYTHON, "-m", "ruff", "check", "."],
        [VENV_PYTHON, VENV_BIN / "lint-imports", "--no-cache"],
        [VENV_BIN / "djade", "--check", "--target-version", "5.2", *templates],
        [VENV_PYTHON, "-m", "mypy", *(room for room in STRICTLY_TYPED if any((ROOT / room).glob("*.py")))],
        [VENV_PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    ]


def run_all(commands):
    """Run every command, failed or not, so that one run shows everything that is wrong."""
    failed = []
    for command in commands:
        line = " ".join(map(str, command[:6])).replace(f"{VENV_BIN}{os.sep}", "")
        say(f"$ {line}")
        if run(command) != 0:
            failed.append(line)
    for line in failed:
        say(f"failed: {line}")
    return 1 if failed else 0


def ensure_installed(kind):
    if is_installed(kind):
        return
    with LOCKS["runtime"].open() as lock:
        if os.name == "posix":  # two terminals may start at once: the second waits, then finds the work done
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_installed(kind):
            # An environment that has the test tools keeps them: when the locks change, all of it is renewed.
            install("dev" if STAMPS["dev"].exists() else kind)


def is_installed(kind):
    """True when the stamp names this very lock and was written by a set-up that came to its end."""
    finished = VENV_PYTHON.exists() and STAMPS[kind].exists() and not UNFINISHED.exists()
    return finished and STAMPS[kind].read_text() == lock_digest(kind)


def lock_digest(kind):
    return hashlib.sha256(LOCKS[kind].read_bytes()).hexdigest()


def install(kind):
    import shutil

    say(f"Setting up .venv from {LOCKS[kind].name}; once, in about half a minute ...")
    if not (shutil.which("uv") and install_with_uv(kind)):
        install_with_pip(kind)
    # The stamps come last: whatever stops an installation earlier, the next run sees that it is unfinished.
    for installed in LOCKS if kind == "dev" else [kind]:  # the dev lock holds every line of the runtime lock
        STAMPS[installed].write_text(lock_digest(installed))
    UNFINISHED.unlink()


def install_with_uv(kind):
    """False where uv fails: it does not read the machine's pip configuration, so pip may still succeed."""
    os.environ.update(UV_SYSTEM_CERTS="true", UV_NATIVE_TLS="true", UV_PYTHON_DOWNLOADS="never")
    prepare_venv(["uv", "venv", "--quiet", "--allow-existing", "--python", ">=3.11", VENV])
    if run(["uv", "pip", "install", "--quiet", "--python", VENV_PYTHON, *lock_options(kind)]) == 0:
        return True
    say("uv could not install; trying pip.")
    return False


def install_with_pip(kind):
    os.environ.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_USER="0")
    prepare_venv([find_python(), "-m", "venv", VENV])
    if run([VENV_PYTHON, "-c", "import pip"], quiet=True) != 0:  # uv makes environments without it
        run([VENV_PYTHON, "-m", "ensurepip"], quiet=True)
    if run([VENV_PYTHON, "-m", "pip", "install", "--quiet", *lock_options(kind)]) != 0:
        sys.exit("The packages could not be installed; the lines above say why. Run again to retry.")


def lock_options(kind):
    # Wheels only: building from source would run strangers' code and need a compiler.
    return ["--require-hashes", "--only-binary", ":all:", "-r", LOCKS[kind]]


def prepare_venv(make_command):
    """Keep a working environment, start over from a broken or unfinished one; mark either unfinished."""
    import shutil

    works = run([VENV_PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], quiet=True) == 0
    if not works or UNFINISHED.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir(exist_ok=True)
        UNFINISHED.touch()
        run(make_command)
    UNFINISHED.touch()


def find_python():
    """The real path of the first Python that will do: a shim or link could later point at another version."""
    import shutil
    import subprocess

    lacks_venv = False
    for path in filter(None, (*map(shutil.which, PYTHON_NAMES), sys.executable)):
        probe = subprocess.run([path, "-c", PROBE], capture_output=True)
        if probe.returncode == 0:
            return os.fsdecode(probe.stdout.strip())
        lacks_venv |= probe.returncode == 1  # an ImportError; a version manager's empty shim says 127
    problem = "This Python lacks its venv module" if lacks_venv else "Python 3.11 or newer is needed"
    sys.exit(f"{problem}; on Debian or Ubuntu: apt install python3-venv")


def run(command, quiet=False):
    import subprocess

    try:
        return subprocess.run(command, capture_output=quiet).returncode
    except OSError:  # the program is not there, or a link to it is broken
        return 127


def say(line):
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
