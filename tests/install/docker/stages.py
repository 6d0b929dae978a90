"""Executes the steps of a Dockerfile's stages, each stage in a root of its own, which are kept: a stage whose steps and files
are as they were is not made again, and one that differs begins where files of the context are copied after a RUN, if it can."""

import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import time

import chroot
import context
import dockerfile

# What debian:12-slim does not have of what debootstrap's minbase has; its dpkg leaves it out of packages, too, and waits for no
# disk.
SLIM = ("man", "info", "locale", "doc", "groff", "lintian", "linda")

# Steps that leave the files of a root alone, and all steps after them.
SAYS_ONLY = ("EXPOSE", "VOLUME", "HEALTHCHECK", "ENTRYPOINT", "CMD")


@dataclasses.dataclass
class Maker:
    """`base`: the tar of what stands for debian:12-slim. `work`: where roots are kept. `arguments`: of --build-arg."""
    base: pathlib.Path
    work: pathlib.Path
    source: pathlib.Path
    arguments: dict
    made: dict = dataclasses.field(default_factory=dict)  # by the name of a stage: (root, key)

    def image(self, name, text):
        """Executes a Dockerfile; the root of its last stage."""
        stages = dockerfile.parse(text)
        stages[-1].name = stages[-1].name or name
        self.files = context.files(self.source)
        for stage in stages:
            if stage.base != "debian:12-slim":
                raise dockerfile.Wrong(f"nobody here knows {stage.base}")
            root = self.stage(stage)
        return root, dockerfile.image_of(stages[-1])

    def stage(self, stage):
        root = self.work / stage.name
        keys = self.keys(stage)
        if self.made.get(stage.name, (None, keys[-1]))[1] != keys[-1]:
            raise dockerfile.Wrong(f"two stages that differ are called {stage.name}: they would be built twice")
        state = self.work / f"{stage.name}.json"
        if not (state.exists() and json.loads(state.read_text()) == keys):
            state.unlink(missing_ok=True)
            self.execute(stage, root, keys)
            state.write_text(json.dumps(keys))
        elif stage.name not in self.made:
            print(f"{stage.name}: {len(stage.steps)} steps as they were")
        self.made[stage.name] = (root, keys[-1])
        return root

    def keys(self, stage):
        """What the root is made of after each step."""
        key = f"{self.base.stat().st_mtime_ns}"
        keys = [key]
        for step in stage.steps:
            if step.name in SAYS_ONLY:
                keys.append(key)
                continue
            parts = [key, step.name, step.flags, step.value]
            if step.name == "COPY":
                parts.append([context.digest(self.source, self.matching(source)) for source in step.value[:-1]])
            for mount in mounts_of(step):
                parts.append(self.made[mount["from"]][1])
            key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
            keys.append(key)
        return keys

    def execute(self, stage, root, keys):
        begin = self.begin(stage, root, keys)
        user, workdir, variables = "root", "/", {}
        for number, step in enumerate(stage.steps):
            if step.name == "WORKDIR":
                workdir = step.value[0]
                (root / workdir.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif step.name == "USER":
                user = step.value[0]
                chroot.account(root, user)
            elif step.name == "ENV":
                variables[step.value[0]] = step.value[1]
            elif step.name == "ARG" and step.value[0] in self.arguments:
                variables[step.value[0]] = self.arguments[step.value[0]]
            if number < begin:
                continue
            started = time.monotonic()
            if step.name == "COPY":
                self.copy(step, root, workdir)
            elif step.name == "RUN":
                self.run(stage.name, step, root, user, workdir, variables)
                print(f"{stage.name}: RUN {step.value[:90]} ({time.monotonic() - started:.0f} s)", flush=True)
                if number + 1 < len(stage.steps) and stage.steps[number + 1].name == "COPY":
                    self.snapshot(stage.name, root, keys[number + 1])

    def begin(self, stage, root, keys):
        """Puts the root into the last state that is kept; the number of steps that are done."""
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        for tar in self.work.glob(f"{stage.name}.*.tar"):
            key = tar.name.split(".")[1]
            if key in keys:
                unpack(tar, root)
                return keys.index(key)
        unpack(self.base, root)
        share = root / "usr/share"
        (root / "etc/dpkg/dpkg.cfg.d/docker").write_text(
            "force-unsafe-io\n" + "".join(f"path-exclude /usr/share/{name}/*\n" for name in SLIM))
        for name in SLIM:
            shutil.rmtree(share / name, ignore_errors=True)
        return 0

    def snapshot(self, name, root, key):
        for old in self.work.glob(f"{name}.*.tar"):
            old.unlink()
        partial = self.work / f"{name}.partial"
        subprocess.run(["tar", "-c", "-C", root, "--numeric-owner", "-f", partial, "."], check=True)
        partial.rename(self.work / f"{name}.{key}.tar")

    def matching(self, source):
        """The files of the context that COPY's `source` names."""
        source = source.rstrip("/")
        found = self.files if source == "." else [path for path in self.files if path == source or path.startswith(source + "/")]
        if not found:
            raise dockerfile.Wrong(f"COPY {source}: the context has no such thing")
        return found

    def copy(self, step, root, workdir):
        *sources, destination = step.value
        into_folder = destination.endswith("/") or destination == "." or len(sources) > 1
        target = root / (pathlib.PurePosixPath(workdir) / destination).as_posix().lstrip("/")
        for source in sources:
            for path in self.matching(source):
                if path == source:
                    place = target / pathlib.PurePosixPath(path).name if into_folder else target
                else:
                    place = target / pathlib.PurePosixPath(path).relative_to(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.source / path, place, follow_symlinks=False)
                os.chown(place, 0, 0, follow_symlinks=False)

    def run(self, name, step, root, user, workdir, variables):
        mounts = [chroot.Mount(self.made[mount["from"]][0] / mount["source"].lstrip("/"), mount["target"])
                  for mount in mounts_of(step)]
        command = chroot.as_user(root, user, variables, ["/bin/sh", "-c", step.value], workdir)
        log = self.work / f"{name}.log"
        with open(log, "wb") as output:
            status = subprocess.run(chroot.inside(root, mounts, command), stdin=subprocess.DEVNULL, stdout=output,
                                    stderr=subprocess.STDOUT, check=False, timeout=3600).returncode
        for mount in mounts:
            (root / mount.target.lstrip("/")).rmdir()
        if status != 0:
            print(log.read_text(errors="replace"))
            raise dockerfile.Wrong(f"line {step.line}: RUN {step.value} exits with {status}")


def mounts_of(step):
    return [dockerfile.mount_of(value) for flag, value in step.flags if flag == "mount"]


def unpack(tar, root):
    subprocess.run(["tar", "-x", "-C", root, "--numeric-owner", "-f", tar], check=True)
