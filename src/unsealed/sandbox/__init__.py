"""Sandbox: run what may be hostile where it can do no harm.

Takes a command and bytes, gives bytes back or says how the process failed. May touch processes and pipes that it made,
no file. May never know a format, a path of a source or an archive. Limits are checked on both sides of the pipe.

    Worker      a long-lived process that answers messages, each in a forked process of its own
    run_tool    one call of a native program (ffprobe, tesseract, readpst, soffice) on bytes, in a fresh sandbox
    establish   which walls this machine has; raises where there are too few
"""

from unsealed.sandbox.frames import FrameError, read_frame, write_frame
from unsealed.sandbox.jail import Jail, python_jail
from unsealed.sandbox.limits import Failure, Limits, SandboxError
from unsealed.sandbox.process import Worker, jailed_module, python_module
from unsealed.sandbox.serve import inherited, serve
from unsealed.sandbox.tier import Tier, establish
from unsealed.sandbox.tools import ToolLimits, ToolResult, run_tool

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
