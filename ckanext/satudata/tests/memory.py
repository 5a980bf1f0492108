"""How much memory a process has held: for programs that tests run apart."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def most_held() -> int:
    """The most memory this process has held so far, in bytes.

    Linux counts in ``ru_maxrss`` what the process that started this one held at that moment; ``VmHWM`` begins anew
    with each program. Elsewhere ``ru_maxrss`` is all there is, in bytes on macOS and in kibibytes on other systems.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
