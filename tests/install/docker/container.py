"""A container of the example: a copy of an image's root, with what compose.yaml mounts, in a network of its own."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import chroot


class Failed(Exception):
    """What a container did not do."""


def child_of(parent):
    """The process that `parent` started, or None."""
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold anything.
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                return int(status.parent.name)
        except OSError:
            continue
    return None


class Container:
    def __init__(self, service, image_root, image, work, network, hosts):
        self.service, self.image, self.network = service, image, network
        self.root = work / f"container-{service.name}"
        self.log = work / f"{service.name}.log"
        self.process = self.pid = None
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", image_root, self.root], check=True)
        self.mounts = [*service.mounts, chroot.Mount(hosts, "/etc/hosts", True)]
        for name, target in service.data.items():
            # An empty volume gets what the image has there, with its owner.
            volume = work / f"volume-{name}"
            shutil.rmtree(volume, ignore_errors=True)
            subprocess.run(["cp", "-a", self.root / target.lstrip("/"), volume], check=True)
            self.mounts.append(chroot.Mount(volume, target, read_only=False))

    def as_user(self, argv):
        environment = {"HOSTNAME": self.service.name, **self.image.environment, **self.service.environment}
        return chroot.as_user(self.root, self.image.user, environment, argv, self.image.workdir, no_rights=True)

    def start(self):
        words = [*self.image.entrypoint, *(self.service.command or self.image.command)]
        command = chroot.inside(self.root, self.mounts, self.as_user(words), read_only=True, network=self.network)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def exec(self, argv, timeout_s=30):
        """As `docker compose exec` does: (exit code, output)."""
        self.pid = self.pid or child_of(self.process.pid)
        if self.process.poll() is not None or self.pid is None:
            return 126, "it is not running"
        command = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--net", "--ipc", "--uts", "--root", "--",
                   *self.as_user(argv)]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
                                  timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return 124, f"no end within {timeout_s} s"
        return done.returncode, done.stdout + done.stderr

    def healthy(self):
        """One health check: (exit code, output)."""
        return self.exec(["/bin/sh", "-c", self.service.health], self.service.health_timeout_s)

    def wait_until_healthy(self, within_s):
        started, said = time.monotonic(), "nothing"
        while time.monotonic() - started < within_s:
            status, said = self.healthy()
            if status == 0:
                return time.monotonic() - started
            if self.process.poll() is not None:
                raise Failed(f"{self.service.name} ends with {self.process.returncode}: {self.log.read_text()}")
            time.sleep(0.1)
        raise Failed(f"{self.service.name} is not healthy after {within_s} s: {said}\n{self.log.read_text()}")

    def stop(self):
        """As `docker stop`: seconds until the program ended, with 0."""
        started = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        try:
            status = self.process.wait(self.service.grace_s)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.service.name} runs {self.service.grace_s} s after SIGTERM: Docker would kill it") from None
        if status != 0:
            raise Failed(f"{self.service.name} exits with {status} at SIGTERM: {self.log.read_text()}")
        self.pid = None
        return time.monotonic() - started

    def end(self):
        """Whatever happens: nothing of it stays behind. Its mounts go with its last process."""
        if self.process and self.process.poll() is None:
            self.process.kill()  # and by ENDS_WITH_US process 1 of the container, and with that all others
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)
