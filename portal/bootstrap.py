"""Make ``.venv`` with everything in it, then hand over to ``python -m portal`` inside it.

Runs under whatever ``python3`` is, standard library only, and keeps to syntax that an old Python still
parses: otherwise a wrong version would show a SyntaxError instead of the sentence below.
"""

# ruff: noqa: UP031, UP022, S606
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "satudata.stamp")
REQUIREMENTS = os.path.join(ROOT, "portal", "requirements.txt")
GOOD = ((3, 10), (3, 11), (3, 12))
NEEDED_BYTES = 2500 * 1000 * 1000
# psycopg2 comes as source and wants a compiler and PostgreSQL's headers; psycopg2-binary is it, compiled.
PSYCOPG2 = "2.9.12"
STEPS = {"demo": 7, "up": 7, "test": 4, "install": 2}


class Trouble(Exception):
    """What is wrong and how to mend it, for a person."""


def say(text):
    print(text, flush=True)


def step(number, total, text):
    say("[%d/%d] %s" % (number, total, text))


def version_of(python):
    """(major, minor) of a Python that can make virtual environments, None for one that cannot run."""
    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return tuple(int(part) for part in done.stdout.decode().strip().split("."))
    except (OSError, ValueError):
        return None


def choose_python(candidates=None):
    """The first Python of a version CKAN 2.12 runs on: the one given, this one, then those on PATH."""
    if candidates is None:
        candidates = [os.environ.get("SATUDATA_PYTHON"), sys.executable]
        candidates += [shutil.which("python3.%d" % minor) for minor in (12, 11, 10)]
    for python in candidates:
        if python and version_of(python) in GOOD:
            return python
    raise Trouble(
        "CKAN 2.12 needs Python 3.10, 3.11 or 3.12 with the module venv; this is Python %d.%d, and none of\n"
        "python3.12, python3.11, python3.10 on PATH will do.\n"
        "Install one (Debian and Ubuntu: apt install python3.11 python3.11-venv; for the system's own Python: "
        "apt install python3-venv),\nor name one: SATUDATA_PYTHON=/path/to/python3.12 make …" % sys.version_info[:2]
    )


def fingerprint():
    """Changes when what must be installed changes."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "portal/requirements.txt", "portal/bootstrap.py"):
        with open(os.path.join(ROOT, name), "rb") as handle:
            digest.update(handle.read())
    return digest.hexdigest()


def installed():
    """Whether ``.venv`` is whole and what is in it is what this checkout wants."""
    try:
        with open(STAMP) as handle:
            return handle.read() == fingerprint() and version_of(VENV_PYTHON) in GOOD
    except OSError:
        return False


def check_disk():
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        raise Trouble(
            "Too little room on the disk of %s: %.1f GB free, %.1f GB needed." % (ROOT, free / 1e9, NEEDED_BYTES / 1e9)
        )


def make_venv(python):
    """Make ``.venv``, or make it anew where an interruption left half of one."""
    whole = version_of(VENV_PYTHON) in GOOD and run_quietly([VENV_PYTHON, "-m", "pip", "--version"])
    if whole:
        return "kept"
    if os.path.lexists(VENV):
        if os.path.islink(VENV) or not os.path.isdir(VENV):
            raise Trouble("%s is in the way: it is not a directory of ours. Move it." % VENV)
        shutil.rmtree(VENV)
    done = subprocess.run([python, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Trouble("The virtual environment could not be made:\n%s" % done.stdout.decode(errors="replace"))
    return "made"


def run_quietly(command):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def stand_in_for_psycopg2(folder):
    """A wheel called psycopg2 that holds nothing but the wish for psycopg2-binary of the same version.

    CKAN pins ``psycopg2``; with this no compiler is needed, and ``pip check`` finds every pin kept.
    """
    os.makedirs(folder, exist_ok=True)
    info = "psycopg2-%s.dist-info" % PSYCOPG2
    path = os.path.join(folder, "psycopg2-%s-py3-none-any.whl" % PSYCOPG2)
    metadata = "Metadata-Version: 2.1\nName: psycopg2\nVersion: %s\nRequires-Dist: psycopg2-binary==%s\n"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(info + "/METADATA", metadata % (PSYCOPG2, PSYCOPG2))
        wheel.writestr(
            info + "/WHEEL",
            "Wheel-Version: 1.0\nGenerator: satudata\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(info + "/RECORD", "%s/METADATA,,\n%s/WHEEL,,\n%s/RECORD,,\n" % (info, info, info))
    return folder


def pip_install(arguments, log):
    """Run pip with its output in a log and its progress in a few lines.

    :raises Trouble: with the cause as far as pip's words tell it, and the last lines of the log
    """
    command = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off"] + arguments
    os.makedirs(os.path.dirname(log), exist_ok=True)
    found, said, doing = 0, time.time(), "%d packages found"
    lines = []  # type: list[str]
    with open(log, "a") as out:
        out.write("$ %s\n" % " ".join(command))
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for raw in process.stdout or ():
            line = raw.decode(errors="replace").rstrip()
            out.write(line + "\n")
            lines.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                found += 1
            elif line.startswith("Installing collected packages"):
                found, doing = line.count(",") + 1, "installing %d packages"
                say("      " + doing % found)
            if time.time() - said > 5:
                said = time.time()
                say("      " + doing % found)
        process.wait()
    if process.returncode == 0:
        return
    raise Trouble("%s\nLast lines of %s:\n    %s" % (cause_of("\n".join(lines)), log, "\n    ".join(lines[-12:])))


def cause_of(text):
    """What is wrong, as far as pip's words tell it."""
    if "No space left" in text or "Errno 28" in text:
        return "The disk is full."
    if "SSLError" in text or "CERTIFICATE_VERIFY" in text:
        return "The package index shows a certificate that is not trusted here; PIP_CERT names your own."
    if any(word in text for word in ("Failed to establish", "name resolution", "NewConnection", "Max retries")):
        return "The package index cannot be reached. Is there a network, or a proxy to be named in HTTPS_PROXY?"
    if "from versions: none" in text:
        return "The package index cannot be reached, or does not know a package. Is there a network?"
    return "pip could not install the packages."


def has_libmagic():
    """Whether python-magic, which CKAN imports at start, finds its library."""
    return run_quietly([VENV_PYTHON, "-c", "import magic"])


def install(total):
    """The first two steps of every command: a virtual environment, and the packages in it."""
    if installed():
        step(1, total, "Python environment: .venv is ready")
        step(2, total, "Packages: nothing changed since the last run")
        return
    begin = time.time()
    python = choose_python()
    check_disk()
    how = make_venv(python)
    step(
        1,
        total,
        "Python environment: .venv %s with Python %d.%d (%.0f s)"
        % ((how,) + version_of(VENV_PYTHON) + (time.time() - begin,)),
    )
    begin = time.time()
    step(2, total, "Packages: CKAN, its companions and the servers (about 500 MB the first time)")
    log = os.path.join(os.environ.get("SATUDATA_PORTAL_HOME") or os.path.join(ROOT, ".portal"), "log", "packages.log")
    links = stand_in_for_psycopg2(os.path.join(VENV, "wheels"))
    pip_install(["--find-links", links, "-r", REQUIREMENTS, "-e", ROOT + "[portal,test]"], log)
    if not has_libmagic():
        pip_install(["pylibmagic==0.5.0"], log)
        place = subprocess.check_output([VENV_PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
        with open(os.path.join(place.decode().strip(), "satudata-libmagic.pth"), "w") as handle:
            handle.write("import pylibmagic\n")
        if not has_libmagic():
            raise Trouble(
                "CKAN needs the library libmagic. Debian and Ubuntu: apt install libmagic1; "
                "macOS: brew install libmagic"
            )
    with open(STAMP + ".part", "w") as handle:
        handle.write(fingerprint())
    os.replace(STAMP + ".part", STAMP)
    say("      done in %.0f s" % (time.time() - begin))


def main(arguments):
    command = arguments[0] if arguments else "demo"
    try:
        if command in STEPS:
            install(STEPS[command])
        elif not os.path.exists(VENV_PYTHON):
            if command == "clean":
                return 0
            say("There is no portal here yet: make demo makes one.")
            return 0
    except Trouble as trouble:
        print("\nERROR: %s" % trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next run takes up from here.", file=sys.stderr)
        return 130
    if command == "install":
        return 0
    # CKAN_* variables override the configuration file; the portal's own file is the one that counts here.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CKAN_")}
    environment["PYTHONUNBUFFERED"] = "1"
    os.chdir(ROOT)
    os.execve(VENV_PYTHON, [VENV_PYTHON, "-m", "portal"] + arguments, environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
