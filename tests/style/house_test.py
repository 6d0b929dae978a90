#!/usr/bin/env python3
"""The checks of house.py can fail: each rule is broken once in a tree made for it; and --help tells the truth."""

import pathlib
import re
import subprocess
import tempfile
import unittest

import house

ROOT = pathlib.Path(__file__).parents[2]
LONG = "void f() {\n" + "  g();\n" * 75 + "}\n"


class HouseTest(unittest.TestCase):
    def breaches(self, **files):
        """What house.py says of a tree; a name's __ is a slash, its last _ a dot."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            subprocess.run(["git", "init", "-q", folder], check=True)
            for name, text in files.items():
                path = root / ".".join(name.replace("__", "/").rsplit("_", 1))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return [f"{path}:{line}: {reason}" for path, line, reason in house.breaches(root)]

    def assert_breach(self, words, **files):
        found = self.breaches(**files)
        self.assertEqual(len(found), 1, found)
        self.assertRegex(found[0], words)

    def test_a_core_file_includes_no_system_header(self):
        for header in ("uv.h", "sys/socket.h", "unistd.h", "time.h", "thread", "string", "vector", "mbedtls/ssl.h"):
            self.assert_breach("src/ws/a.cpp:1: ", src__ws__a_cpp=f"#include <{header}>\n")

    def test_a_floor_includes_only_what_is_beneath_it(self):
        for name in ("../session/b.hpp", "session/b.hpp"):
            self.assert_breach("not beneath", src__ws__a_cpp=f'#include "{name}"\n', src__session__b_hpp="#pragma once\n")
        self.assertEqual(self.breaches(src__session__a_cpp='#include "../ws/b.hpp"\n', src__ws__b_hpp="#pragma once\n"), [])

    def test_hashes_lie_beneath_the_line_and_TLS_beside_it(self):
        self.assert_breach("not beneath", src__crypto__a_cpp='#include "../tls/b.hpp"\n', src__tls__b_hpp="#pragma once\n")
        for floor in ("ws", "tls", "protocol"):
            self.assertEqual(self.breaches(**{f"src__{floor}__a_cpp": '#include "../crypto/b.hpp"\n', "src__crypto__b_hpp": "#pragma once\n"}), [])
        self.assertEqual(self.breaches(src__crypto__a_cpp="#include <mbedtls/md.h>\n"), [])
        self.assert_breach("only by", src__codec__a_cpp="#include <mbedtls/md.h>\n")

    def test_the_core_includes_nothing_that_it_is_linked_without(self):
        for name in ("<kedge/tls.hpp>", "<kedge/port_uv.hpp>", "<kedge/sim/rng.hpp>", '"../tls/b.hpp"'):
            self.assert_breach("another component", src__link__a_cpp=f"#include {name}\n", src__tls__b_hpp="#pragma once\n")
        self.assert_breach("another component", include__kedge__a_hpp="#pragma once\n#include <kedge/json_tree.hpp>\n")
        self.assertEqual(self.breaches(include__kedge__host_hpp="#pragma once\n#include <kedge/tls.hpp>\n"), [])
        self.assertEqual(self.breaches(src__tls__a_cpp="#include <kedge/tls.hpp>\n"), [])
        self.assertEqual(self.breaches(src__link__a_cpp="#include <kedge/tls_layer.hpp>\n"), [])

    def test_the_server_stands_on_the_core_alone(self):
        self.assert_breach("the core alone", src__server__a_cpp='#include "../hub/b.hpp"\n', src__hub__b_hpp="#pragma once\n")
        self.assert_breach("the core alone", src__server__a_cpp='#include "../program/b.hpp"\n', src__program__b_hpp="#pragma once\n")
        self.assertEqual(self.breaches(src__server__a_cpp='#include "../session/b.hpp"\n#include "c.hpp"\n',
                                       src__session__b_hpp="#pragma once\n", src__server__c_hpp="#pragma once\n"), [])

    def test_a_public_header_includes_no_private_one(self):
        self.assert_breach("public header", include__kedge__a_hpp='#pragma once\n#include "../../src/base/b.hpp"\n',
                           src__base__b_hpp="#pragma once\n")

    def test_a_public_header_has_no_type_that_the_users_flags_decide_about(self):
        for line in ("std::time_t at;", "timespec at;", "struct stat found;", "void seek(off_t to);"):
            self.assert_breach("flags", include__kedge__a_hpp=f"#pragma once\n{line}\n")
            self.assertEqual(self.breaches(port__uv__a_hpp=f"#pragma once\n{line}\n"), [], line)

    def test_the_core_neither_allocates_nor_throws_nor_reads_a_clock(self):
        for line in ("auto* p = new int(1);", "auto* p = new (std::nothrow) int;", "delete p;", "std::string s;",
                     "malloc(1);", "throw 1;", "auto t = std::chrono::steady_clock::now();"):
            self.assert_breach("src/link/a.cpp:1: ", src__link__a_cpp=line + "\n")
        for line in ("new (place) T();", "T(const T&) = delete;", "// a new one: throw, std::string", 'f("new x");'):
            self.assertEqual(self.breaches(src__link__a_cpp=line + "\n"), [], line)

    def test_files_and_functions_end(self):
        self.assert_breach("a file of 401 lines", src__hub__a_cpp="int a;\n" * 401)
        self.assert_breach("a function of 77 lines", src__hub__a_cpp=LONG)

    def test_the_links_of_a_page_lead_somewhere(self):
        self.assert_breach("src/README.md:2: .*leads nowhere", src__README_md="\n[b](b.md)\n")
        self.assert_breach("no such heading", src__README_md="# One\n[b](#two)\n")
        good = "# A `b`, c\n[one](#a-b-c) [two](base) [three](base/README.md#d)\n```\n[code](nowhere)\n```\n"
        self.assertEqual(self.breaches(src__README_md=good, src__base__README_md="## D\n"), [])

    def test_the_front_door_stays_small(self):
        self.assert_breach("at most 10240", README_md="word " * 2100)

    def test_where_protocols_have_a_table_nothing_else_names_one(self):
        there = {"src__protocol__agent_gate__a_cpp": "", "src__protocol__btp__a_cpp": "", "src__protocol__websocket__a_cpp": "",
                 "src__protocol__core__a_cpp": ""}
        for line in ("#include <kedge/btp.hpp>", "run_btp_command();", "BtpRun run;", "agent_gate::Client c;", 'say("agent-gate");',
                     "// as AgentGate does", "Websocket w;", "BTP_MAX", "a.websocket();"):
            self.assert_breach("src/cli/a.cpp:1: .*commands.cpp", src__cli__a_cpp=line + "\n", **there)
            for name in ("src__cli__btp__a_cpp", "src__cli__commands_cpp", "src__agent__a_cpp"):
                self.assertEqual(self.breaches(**{name: line + "\n"}, **there), [], line)
        for line in ("// one WebSocket", "Layer::websocket;", "core::f();", "subtpl();", "Websockets w;"):
            self.assertEqual(self.breaches(src__cli__a_cpp=line + "\n", **there), [], line)
        for folder, table in house.TABLES.items():
            self.assertTrue((ROOT / folder / table).is_file(), folder)

    def test_marks_guards_and_strangers_are_found(self):
        self.assert_breach("unfinished", src__hub__a_cpp="// TODO\n")
        self.assert_breach("pragma once", src__hub__a_hpp="int a;\n")
        self.assert_breach("top level", docs__a_md="")


class RunTest(unittest.TestCase):
    def test_each_part_that_help_names_exists_and_each_part_is_named(self):
        script = ROOT / "tests" / "run.sh"
        told = subprocess.run([script, "--help"], check=True, capture_output=True, text=True).stdout
        named = set(re.findall(r"^  (\S+) +(?:default|all|named) ", told, re.M))
        defined = set(re.findall(r"^part_([\w-]+)\(\)", script.read_text(), re.M)) - {"names"}
        self.assertEqual(named, defined)
        self.assertIn("debug", named)

    def test_an_unknown_part_is_a_usage_error(self):
        answer = subprocess.run([ROOT / "tests" / "run.sh", "nonsense"], capture_output=True, text=True, check=False)
        self.assertEqual(answer.returncode, 2)
        self.assertIn("'nonsense'", answer.stderr)


if __name__ == "__main__":
    unittest.main()
