#!/usr/bin/env python3
"""What tests/install/docker says of Dockerfiles and of .dockerignore is what Docker's reference says."""

import sys
import unittest

sys.dont_write_bytecode = True

import context  # noqa: E402
import dockerfile  # noqa: E402


class DockerfileTest(unittest.TestCase):
    def test_stages_flags_and_continued_lines(self):
        text = ("# a comment\nFROM debian:12-slim AS build\nRUN a \\\n  # not a word of it\n  && b\n\nFROM debian:12-slim\n"
                "RUN --mount=type=bind,from=build,source=/x,target=/y cp /y /z\n")
        first, last = dockerfile.parse(text)
        self.assertEqual((first.base, first.name, last.name), ("debian:12-slim", "build", None))
        self.assertEqual((first.steps[0].line, first.steps[0].value), (3, "a && b"))
        self.assertEqual(last.steps[0].value, "cp /y /z")
        self.assertEqual(dockerfile.mount_of(last.steps[0].flags[0][1])["target"], "/y")

    def test_what_an_image_says_of_itself(self):
        image = dockerfile.image_of(dockerfile.parse(
            "FROM x\nENV A=b\nUSER u\nVOLUME /v\nEXPOSE 8443\nWORKDIR /v\nCMD [\"early\"]\nHEALTHCHECK --timeout=3s CMD ask >/dev/null\n"
            "ENTRYPOINT [\"p\"]\nCMD [\"-o\"]\n")[0])
        self.assertEqual((image.environment, image.user, image.volumes, image.ports, image.workdir),
                         ({"A": "b"}, "u", ["/v"], [8443], "/v"))
        self.assertEqual((image.entrypoint, image.command), (("p",), ("-o",)))
        self.assertEqual((image.health, image.health_flags), (("/bin/sh", "-c", "ask >/dev/null"), {"timeout": "3s"}))

    def test_an_entrypoint_forgets_the_command_before_it(self):
        self.assertEqual(dockerfile.image_of(dockerfile.parse("FROM x\nCMD [\"a\"]\nENTRYPOINT [\"p\"]\n")[0]).command, ())

    def test_what_is_not_read_is_refused_with_its_line(self):
        for line in ("ADD a b", "run x", "RUN --mount=type=secret,id=x y", "RUN --network=none y", "COPY a", "COPY --chown=u a b",
                     "COPY \"a b\" c", "USER a b", "EXPOSE 1/udp", "ENTRYPOINT p", "CMD p", "HEALTHCHECK NONE", "ENV A b",
                     "ENV A=$B", "ARG A=b", "WORKDIR here", "RUN x \\", "RUN <<EOF", "SHELL [\"x\"]", "LABEL a=b"):
            with self.assertRaises(dockerfile.Wrong, msg=line) as raised:
                dockerfile.parse(f"FROM x\n{line}")
            self.assertIn("line 2", str(raised.exception), line)
        for text in ("", "RUN x", "FROM --platform=x y", "FROM a b"):
            with self.assertRaises(dockerfile.Wrong, msg=text):
                dockerfile.parse(text)


class IgnoredTest(unittest.TestCase):
    def check(self, text, **paths):
        ignored = context.Ignored(text)
        for path, wanted in paths.pop("paths").items():
            self.assertEqual(ignored(path), wanted, f"{text!r} {path}")

    def test_a_pattern_is_of_the_whole_path_and_of_what_is_beneath(self):
        self.check("build\n/tests/\n", paths={"build": True, "build/x/y": True, "a/build": False, "builds": False, "tests/a": True})

    def test_one_star_ends_at_a_slash_and_two_do_not(self):
        self.check("*/x\n**/y\n", paths={"a/x": True, "x": False, "a/b/x": False, "y": True, "a/b/y": True, "a/b/yy": False})

    def test_the_last_line_that_matches_decides(self):
        self.check("# all\n*\n!src\n!a/b/c\nsrc/secret\n",
                   paths={"x": True, "src/a.cpp": False, "src/secret/k": True, "a/b/c": False, "a/b/d": True, ".git/config": True})


if __name__ == "__main__":
    unittest.main()
