"""System-call filters: a very small assembler for the kernel's packet-filter programs, and the three programs we use.

`outer` goes around everything (bubblewrap loads it): no sockets, no other processes' memory, no mounts, no keys, no
kernel interfaces that parsers never need. `parsing` is added inside a worker's child before it looks at a document:
no new process, no signal to another one. Filters only ever add up; none can be taken off.
An unknown number (a call newer than this table) answers ENOSYS, so a new kernel opens nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable, Iterator

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_GREATER = 0x25  # BPF_JMP | BPF_JGT | BPF_K
_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_ALLOW = 0x7FFF0000
_KILL = 0x80000000  # the whole process
_ERRNO = 0x00050000

_NUMBER, _ARCH = 0, 4  # offsets in struct seccomp_data
_ARGUMENT = 16  # offset of the first argument's low half (both machines are little-endian)


# CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_NEW_NAMESPACE = 0x7E020080
_CLONE_THREAD = 0x00010000
_INJECTING = (0x5412, 0x541C, 0x5453)  # ioctl: TIOCSTI, TIOCLINUX, and a terminal's exclusive control
_PLAIN_IOCTL = 0xFFFF  # terminals and pipes; above it are those that change a file's flags and attributes

# name: (x86_64, aarch64); None where the machine has no such call.
_CALLS: dict[str, tuple[int | None, int | None]] = {
    # network
    "socket": (41, 198), "socketpair": (53, 199), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "connect": (42, 203), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "perf_event_open": (298, 241),
    # namespaces, mounts, roots
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "statmount": (457, 457), "listmount": (458, 458), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "swapon": (167, 224), "swapoff": (168, 225), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "fanotify_init": (300, 262), "lookup_dcookie": (212, 18),
    # the kernel itself
    "bpf": (321, 280), "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "reboot": (169, 142),
    "syslog": (103, 116), "acct": (163, 89), "vhangup": (153, 58), "iopl": (172, None), "ioperm": (173, None),
    "modify_ldt": (154, None), "uselib": (134, None), "_sysctl": (156, None), "nfsservctl": (180, 42),
    "personality": (135, 92), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162), "ustat": (136, None),
    "sysfs": (139, None), "io_setup": (206, 0), "io_submit": (209, 2),
    # keys, shared memory and queues without a name in the file system
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "shmget": (29, 194), "shmat": (30, 196),
    "shmctl": (31, 195), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180), "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # memory of others, scheduling of others
    "migrate_pages": (256, 238), "move_pages": (279, 239), "mbind": (237, 235), "set_mempolicy": (238, 237),
    "vmsplice": (278, 75),
}  # fmt: skip

# Done for show: the devices are this machine's own, and where root could not be left behind, root may set their mode.
_MODES: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
}  # fmt: skip

# Refused in addition while a document is parsed.
_PARSING: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "setsid": (112, 157),
    "setpgid": (109, 154), "mknod": (133, None), "mknodat": (259, 33),
    "setpriority": (141, 140), "sched_setaffinity": (203, 122), "inotify_init1": (294, 26), "inotify_init": (253, None),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    # what the owner of a file may do to it through a descriptor that is open for reading only: a container's is
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88), "flock": (73, 32),
}  # fmt: skip

_SPECIAL = {"clone": (56, 220), "clone3": (435, 435), "ioctl": (16, 29), "tgkill": (234, 131), "prlimit64": (302, 261)}
_UNIX_ONLY = ("socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "sendto", "sendmsg", "sendmmsg")
_LAST = 462  # the newest call in these tables' source (mseal); higher ones are unknown
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column, AUDIT_ARCH

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_MODE_FILTER = 2


def supported() -> bool:
    """Whether this machine is one of the two whose system calls are known here."""
    return platform.machine() in _MACHINES


def outer(*, tool: bool = False, unix_sockets: bool = False) -> bytes:
    """The filter around a whole sandbox. `tool`: it is a native tool's, which gives no file another mode.

    `unix_sockets`: the tool may make unix sockets of its own.

    Raises KeyError on another machine than x86_64 and aarch64.
    """
    names = [name for name in _CALLS if not (unix_sockets and name in _UNIX_ONLY)]
    body = _refusals(_numbers(_CALLS, names), errno.EPERM)
    if tool:
        body += _refusals(_numbers(_MODES, _MODES), 0)
    if unix_sockets:
        body += _only_argument(_number("socket"), 1) + _only_argument(_number("socketpair"), 1)
    body += _with_bits(_number("clone"), _NEW_NAMESPACE) + _refusals([_number("clone3")], errno.ENOSYS)
    for command in _INJECTING:
        body += _with_argument(_number("ioctl"), 1, command)
    return b"".join([*_head(), *body, _op(_RETURN, _ALLOW)])


def parsing(*, threads: bool) -> bytes:
    """The filter that a worker's child adds to itself. `threads`: it may start threads, never processes.

    Signals go to the calling process only.
    """
    body = _refusals(_numbers(_PARSING | _MODES, _PARSING | _MODES), errno.EPERM)
    clone = _number("clone")
    body += _without_bits(clone, _CLONE_THREAD) if threads else _refusals([clone], errno.EPERM)
    body += _only_argument(_number("tgkill"), os.getpid()) + _only_argument(_number("prlimit64"), 0)
    body += _above(_number("ioctl"), 1, _PLAIN_IOCTL)
    return b"".join([*_head(), *body, _op(_RETURN, _ALLOW)])


def install(program: bytes) -> None:
    """Put a filter on the calling process, for good. Raises OSError where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    kept = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(kept))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, header, 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel refuses the system-call filter")


@contextlib.contextmanager
def descriptor(program: bytes) -> Iterator[int]:
    """A file in memory from which bubblewrap reads a filter; closed afterwards."""
    made = os.memfd_create("filter")
    try:
        os.write(made, program)
        os.lseek(made, 0, os.SEEK_SET)
        yield made
    finally:
        os.close(made)


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, value)


def _head() -> list[bytes]:
    """Refuse other machines' calls and unknown numbers; afterwards the number is loaded."""
    _, arch = _MACHINES[platform.machine()]
    return [
        _op(_LOAD, _ARCH), _op(_EQUAL, arch, 1, 0), _op(_RETURN, _KILL),
        _op(_LOAD, _NUMBER), _op(_GREATER, _LAST, 0, 1), _op(_RETURN, _ERRNO | errno.ENOSYS),
    ]  # fmt: skip


def _refusals(numbers: Iterable[int], code: int) -> list[bytes]:
    return [op for number in numbers for op in (_op(_EQUAL, number, 0, 1), _op(_RETURN, _ERRNO | code))]


def _about_argument(number: int, index: int, *test: bytes) -> list[bytes]:
    """Ops for one call only: load its argument, test it, load the number again for what follows."""
    inner = [_op(_LOAD, _ARGUMENT + 8 * index), *test, _op(_LOAD, _NUMBER)]
    return [_op(_EQUAL, number, 0, len(inner)), *inner]


def _with_bits(number: int, bits: int) -> list[bytes]:
    return _about_argument(number, 0, _op(_ANY_BIT, bits, 0, 1), _op(_RETURN, _ERRNO | errno.EPERM))


def _without_bits(number: int, bits: int) -> list[bytes]:
    return _about_argument(number, 0, _op(_ANY_BIT, bits, 1, 0), _op(_RETURN, _ERRNO | errno.EPERM))


def _with_argument(number: int, index: int, value: int) -> list[bytes]:
    return _about_argument(number, index, _op(_EQUAL, value, 0, 1), _op(_RETURN, _ERRNO | errno.EPERM))


def _above(number: int, index: int, value: int) -> list[bytes]:
    return _about_argument(number, index, _op(_GREATER, value, 0, 1), _op(_RETURN, _ERRNO | errno.EPERM))


def _only_argument(number: int, value: int, index: int = 0) -> list[bytes]:
    return _about_argument(number, index, _op(_EQUAL, value, 1, 0), _op(_RETURN, _ERRNO | errno.EPERM))


def _number(name: str) -> int:
    column, _ = _MACHINES[platform.machine()]
    return _SPECIAL[name][column] if name in _SPECIAL else _numbers(_CALLS, [name])[0]


def _numbers(table: dict[str, tuple[int | None, int | None]], names: Iterable[str]) -> list[int]:
    column, _ = _MACHINES[platform.machine()]
    return [number for name in names if (number := table[name][column]) is not None]
