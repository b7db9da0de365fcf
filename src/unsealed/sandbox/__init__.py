"""Sandbox: run what may be hostile where it can do no harm.

Takes a command and bytes, gives bytes back or says how the process failed. May touch processes and pipes that it made,
no file. May never know a format, a path of a source or an archive. Limits are checked on both sides of the pipe.
"""

from unsealed.sandbox.frames import FrameError, read_frame, write_frame
from unsealed.sandbox.process import Failure, Limits, SandboxError, Worker, python_module
from unsealed.sandbox.serve import serve

__all__ = [
    "Failure",
    "FrameError",
    "Limits",
    "SandboxError",
    "Worker",
    "python_module",
    "read_frame",
    "serve",
    "write_frame",
]
