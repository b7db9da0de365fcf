"""Sandbox: run what may be hostile where it can do no harm.

Takes a command and bytes, gives bytes back or says how the process failed. May touch processes and pipes that it made,
no file. May never know a format, a path of a source or an archive. Limits are checked on both sides of the pipe.

    Worker      a long-lived process that answers messages, each in a forked process of its own
    run_tool    one call of a native program (ffprobe, tesseract, readpst, soffice) on bytes, in a fresh sandbox
    establish   which walls this machine has; raises where there are too few
"""

from importlib import import_module
from typing import TYPE_CHECKING

from unsealed.sandbox.frames import FrameError, read_frame, write_frame
from unsealed.sandbox.limits import Failure, Limits, SandboxError
from unsealed.sandbox.serve import inherited, serve

if TYPE_CHECKING:
    from unsealed.sandbox.jail import Jail, python_jail
    from unsealed.sandbox.process import Worker, jailed_module, python_module
    from unsealed.sandbox.tier import Tier, establish
    from unsealed.sandbox.tools import ToolLimits, ToolResult, run_tool

# The parent's half, loaded when it is first asked for: each worker imports this package, too, and has no use for it
# (decision 0129).
_PARENT = {
    "Jail": "jail",
    "Tier": "tier",
    "ToolLimits": "tools",
    "ToolResult": "tools",
    "Worker": "process",
    "establish": "tier",
    "jailed_module": "process",
    "python_jail": "jail",
    "python_module": "process",
    "run_tool": "tools",
}


def __getattr__(name: str) -> object:
    if name not in _PARENT:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_PARENT[name]}"), name)


__all__ = [
    "Failure",
    "FrameError",
    "Jail",
    "Limits",
    "SandboxError",
    "Tier",
    "ToolLimits",
    "ToolResult",
    "Worker",
    "establish",
    "inherited",
    "jailed_module",
    "python_jail",
    "python_module",
    "read_frame",
    "run_tool",
    "serve",
    "write_frame",
]
