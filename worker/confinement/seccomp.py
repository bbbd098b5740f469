"""The system calls that a sandboxed process may not make, as a seccomp filter built from the standard library alone."""

import ctypes
import errno
import platform
import struct
from collections.abc import Iterator, Sequence

# name: (x86_64, aarch64); None where the architecture has no such call
FORBIDDEN: dict[str, tuple[int, int | None]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "syslog": (103, 116),
    "iopl": (172, None),
    "ioperm": (173, None),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
}
# System V and POSIX queues of the same user: harmless in a private IPC namespace, the host's own without one
SHARED_IPC: dict[str, tuple[int, int | None]] = {
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
}
TRUNCATE, OPEN, OPENAT, OPENAT2, FCNTL = (76, 45), (2, None), (257, 56), (437, 437), (72, 25)
CLONE, CLONE3, SOCKET, IOCTL, PRLIMIT = (56, 220), (435, 435), (41, 198), (16, 29), (302, 261)
SIGNALS = ((62, 129), (200, 130), (234, 131))  # kill, tkill, tgkill: the target is their first argument
F_SETOWN, F_SETOWN_EX = 8, 15  # whom the kernel sends a file's signals, of any kind
O_TRUNC, O_ACCMODE = 0o1000, 3
NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
TIOCSTI, TIOCLINUX = 0x5412, 0x541C  # typing into the terminal of whoever started us
INTERNET = (2, 10, 16)  # AF_INET, AF_INET6, AF_NETLINK (name resolution asks it for addresses)
PRIVATE = (1, *INTERNET)  # with AF_UNIX; others, such as AF_VSOCK, pass by a network namespace

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
LOAD, EQUAL, AT_LEAST, ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
Instruction = tuple[int, int, int, int]


def supported() -> bool:
    """Whether the numbers of this machine's system calls are known here."""
    return platform.machine() in ARCHITECTURES


def enforce(*, sockets: Sequence[int], private_ipc: bool, cuts: bool, protected: Sequence[int]) -> None:
    """Puts the filter on this process for good; needs no_new_privs. Raises OSError when the kernel refuses.

    `sockets` are the allowed address families; `cuts` whether a file may be truncated that is not open for writing.
    `protected` are process ids that must get no signal.
    """
    program = b"".join(struct.pack("=HBBI", *step) for step in _program(sockets, private_ipc, cuts, protected))
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(22, 2, header, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp was refused")


def _program(sockets: Sequence[int], private_ipc: bool, cuts: bool, protected: Sequence[int]) -> Iterator[Instruction]:
    column, audit = ARCHITECTURES[platform.machine()]
    yield from ((LOAD, 0, 0, 4), (EQUAL, 1, 0, audit), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0))
    if column == 0:  # the x32 calls are a second door to the same kernel
        yield from ((AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, REFUSE | errno.ENOSYS))
    for numbers in (FORBIDDEN | ({} if private_ipc else SHARED_IPC)).values():
        if (number := numbers[column]) is not None:
            yield from ((EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE | errno.EPERM))
    # glibc falls back from clone3, whose flags a filter cannot see, to clone, whose flags it can
    yield from ((EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, REFUSE | errno.ENOSYS))
    yield from _refuse(CLONE[column], 0, [(ANY_BIT, NEW_NAMESPACES)])
    yield from _refuse(IOCTL[column], 1, [(EQUAL, TIOCSTI), (EQUAL, TIOCLINUX)])
    yield from _refuse(PRLIMIT[column], 0, [(AT_LEAST, 1)])
    targets = {-1, *protected, *(-process for process in protected)}
    for signal in SIGNALS if protected else ():
        yield from _refuse(signal[column], 0, [(EQUAL, target & 0xFFFFFFFF) for target in sorted(targets)])
    if protected:
        yield from _refuse(FCNTL[column], 1, [(EQUAL, F_SETOWN), (EQUAL, F_SETOWN_EX)])
    if not cuts:
        yield from _refuse_cuts(column)
    yield from _only(SOCKET[column], sockets)
    yield (RETURN, 0, 0, ALLOW)


def _refuse_cuts(column: int) -> Iterator[Instruction]:
    """Refuses to truncate by a path, and while opening for reading or, with both bits set, for neither."""
    yield from ((EQUAL, 0, 1, TRUNCATE[column]), (RETURN, 0, 0, REFUSE | errno.EPERM))
    # the flags of openat2 lie where no filter can see them
    yield from ((EQUAL, 0, 1, OPENAT2[column]), (RETURN, 0, 0, REFUSE | errno.ENOSYS))
    cutting = [(EQUAL, O_TRUNC), (EQUAL, O_TRUNC | O_ACCMODE)]
    for numbers, argument in ((OPEN, 1), (OPENAT, 2)):
        if (number := numbers[column]) is not None:
            yield from _refuse(number, argument, cutting, mask=O_TRUNC | O_ACCMODE)


def _refuse(
    number: int, argument: int, tests: Sequence[tuple[int, int]], *, mask: int = 0xFFFFFFFF
) -> Iterator[Instruction]:
    """EPERM for call `number` when its argument's low word, of which `mask` counts, passes one of the tests."""
    yield (EQUAL, 0, 3 + 2 * len(tests), number)
    yield from ((LOAD, 0, 0, 16 + 8 * argument), (AND, 0, 0, mask))
    for test, value in tests:
        yield from ((test, 0, 1, value), (RETURN, 0, 0, REFUSE | errno.EPERM))
    yield (LOAD, 0, 0, 0)


def _only(number: int, families: Sequence[int]) -> Iterator[Instruction]:
    """EACCES for call `number` unless its first argument is one of the families."""
    yield (EQUAL, 0, 3 + len(families), number)
    yield (LOAD, 0, 0, 16)
    for left, family in enumerate(families):
        yield (EQUAL, len(families) - left, 0, family)
    yield (RETURN, 0, 0, REFUSE | errno.EACCES)
    yield (LOAD, 0, 0, 0)
