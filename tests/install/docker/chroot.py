"""Commands inside a root as a container's are: processes and mounts of their own, which nobody else sees and which end with them."""

import dataclasses
import pathlib
import shlex

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Before a command: it ends when the process that started it does, however that ends.
ENDS_WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"]


@dataclasses.dataclass(frozen=True)
class Mount:
    source: pathlib.Path
    target: str
    read_only: bool = True


def mounting(root, mounts, read_only):
    """The shell's words that put on what a container has; as Docker does, they make the places that are missing."""
    top = shlex.quote(str(root))
    yield "set -e"
    yield f"mount --bind {top} {top}"
    yield f"mount -t proc proc {top}/proc"
    yield f"mount -t tmpfs -o mode=755,nosuid tmpfs {top}/dev"
    yield (f"for device in null zero full random urandom tty; do touch {top}/dev/$device; "
           f"mount --bind /dev/$device {top}/dev/$device; done")
    yield f"ln -s /proc/self/fd {top}/dev/fd"
    yield f"mkdir {top}/dev/pts; mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts {top}/dev/pts"
    yield f"ln -s pts/ptmx {top}/dev/ptmx"
    yield f"mkdir {top}/dev/shm; mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs {top}/dev/shm"
    for mount in mounts:
        source, target = shlex.quote(str(mount.source)), top + shlex.quote(mount.target)
        make = "mkdir -p" if mount.source.is_dir() else f'mkdir -p "$(dirname {target})"; touch'
        yield f"{make} {target}; mount --bind {source} {target}"
        if mount.read_only:
            yield f"mount -o remount,bind,ro {target}"
    if read_only:
        yield f"mount -o remount,bind,ro {top}"


def account(root, user):
    """(uid, gid, home) of a user of the root."""
    for line in (root / "etc/passwd").read_text(encoding="utf-8").splitlines():
        name, _, uid, gid, _, home, _ = line.split(":")
        if name == user:
            return int(uid), int(gid), home
    raise LookupError(f"the image has no user {user}")


def as_user(root, user, environment, argv, workdir=None, no_rights=False):
    """The command that becomes `argv` of the user, with this environment alone, where `/` is the root already."""
    uid, gid, home = account(root, user)
    variables = {"PATH": PATH, "HOME": home, **environment}
    rights = ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"] if no_rights else []
    return ["env", "-i", *(["-C", workdir] if workdir else []), *(f"{name}={value}" for name, value in variables.items()),
            # Another user: what the kernel was told before is forgotten.
            *ENDS_WITH_US[:-1], f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *rights, "--", *argv]


def inside(root, mounts, command, read_only=False, network=None):
    """The command line that runs `command` (of as_user) as process 1 in the root; `network` is a process whose net it has."""
    script = "\n".join([*mounting(root, mounts, read_only), f'exec chroot {shlex.quote(str(root))} "$@"'])
    net = ["nsenter", f"--net=/proc/{network}/ns/net"] if network else []
    return [*ENDS_WITH_US, *net, "unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--propagation", "private",
            "bash", "-c", script, "bash", *command]
