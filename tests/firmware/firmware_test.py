"""What the report of a firmware's image reads out of a map and a disassembly, and when it fails."""

import pathlib
import tempfile
import unittest

import flash
import heap

MAP = """
Discarded input sections
 .text.unused   0x00000000      0x500 build/CMakeFiles/kedge.dir/src/link/link.cpp.obj

Linker script and memory map

.text           0x00008000       0x70
 *(.text)
 .text.main     0x00008000       0x10 build/images/btp.o
 .text._ZN5kedge4Link7connectEv
                0x00008010       0x20 build/CMakeFiles/kedge.dir/src/link/link.cpp.obj
                0x00008010                kedge::Link::connect()
 *fill*         0x00008030        0x4
 .text.memcpy   0x00008034       0x0c /usr/lib/arm/thumb/libc_nano.a(libc_a-memcpy.o)
 .text.recv     0x00008040       0x08 build/images/wslay.o
 .text.now      0x00008048       0x08 build/CMakeFiles/kedge.dir/port/none/port.cpp.obj
 .text.send     0x00008050       0x20 build/CMakeFiles/kedge.dir/src/protocol/btp/client.cpp.obj

.rodata         0x00008070       0x10
 .rodata.str1.1
                0x00008070       0x08 build/CMakeFiles/kedge.dir/src/ws/url.cpp.obj
                                  0x9 (size before relaxing)
 .rodata.str1.1
                0x00008074       0x04 build/CMakeFiles/kedge.dir/src/base/error.cpp.obj
 .rodata.str1.1
                0x00008078       0x08 build/CMakeFiles/kedge.dir/src/session/session.cpp.obj

.bss            0x20000000     0x1000
 .bss.storage   0x20000000     0x1000 build/images/btp.o

.debug_info     0x00000000     0x4000
 .debug_info    0x00000000     0x4000 build/images/btp.o
"""


class Flash(unittest.TestCase):
    def test_each_piece_in_flash_counts_for_its_floor_and_strings_that_others_end_with_once(self):
        sizes = flash.flash_of(MAP)
        self.assertEqual(sizes, {"base": 0, "codec": 0, "ws": 8, "session": 8, "link": 0x24, "protocol": 0x20, "port": 8, "wslay": 8,
                                 "libraries": 12, "application": 16})
        self.assertEqual(sum(sizes.values()), 0x80, "all of .text and .rodata, and nothing of RAM, of debug information or dropped")

    def test_a_file_of_no_floor_is_the_applications(self):
        self.assertEqual(flash.floor_of("build/images/common.o"), "application")
        self.assertEqual(flash.floor_of("/usr/lib/gcc/arm-none-eabi/libgcc.a(_udivmoddi4.o)"), "libraries")
        self.assertEqual(flash.floor_of("/usr/lib/libstdc++_nano.a(functexcept.o)"), "libraries")

    def tables(self, change):
        sizes = dict.fromkeys(flash.FLOORS, 10_000)
        before = flash.table([("btp", sizes)])
        return before, flash.table([("btp", sizes | {"link": 10_000 + change})])

    def test_a_table_is_stale_beyond_two_percent_of_a_floor(self):
        self.assertIsNone(flash.stale(*self.tables(0)))
        self.assertIsNone(flash.stale(*self.tables(200)))
        self.assertIsNone(flash.stale(*self.tables(-200)))
        self.assertIn("link is 10,201 bytes, not 10,000", flash.stale(*self.tables(201)))
        self.assertIn("link", flash.stale(*self.tables(-201)))

    def test_a_table_of_other_images_is_stale(self):
        sizes = dict.fromkeys(flash.FLOORS, 1)
        self.assertTrue(flash.stale("", flash.table([("btp", sizes)])))
        self.assertTrue(flash.stale(flash.table([("btp", sizes)]), flash.table([("agent_gate", sizes)])))

    def test_a_page_fails_until_it_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            page, image = pathlib.Path(folder) / "page.md", pathlib.Path(folder) / "btp.map"
            page.write_text(f"before\n{flash.BEGIN}{flash.END}\nbehind\n", encoding="utf-8")
            image.write_text(MAP, encoding="utf-8")
            self.assertEqual(flash.main(page, f"btp={image}"), 1)
            self.assertEqual(flash.main(page, f"btp={image}", "--write"), 0)
            self.assertEqual(flash.main(page, f"btp={image}"), 0)
            text = page.read_text(encoding="utf-8")
            self.assertTrue(text.startswith("before\n") and text.endswith("behind\n"), "the rest of the page stays")


CALLS = """00008882 <wslay_frame_context_init>:
    8884:	bl	18f44 <malloc>
00018f44 <malloc>:
   18f4a:	b.w	193a0 <_malloc_r>
00009000 <_ZN5kedge4Link5spoilEv>:
    9004:	bl	18f00 <mallocate>
"""


class Heap(unittest.TestCase):
    def others(self, text):
        return [who for who, _ in heap.askers(text.splitlines()) if who not in heap.MAY]

    def test_wslays_context_is_the_one_thing_that_may_be_allocated(self):
        self.assertEqual(self.others(CALLS), [])
        self.assertIn(("wslay_frame_context_init", "malloc"), list(heap.askers(CALLS.splitlines())))

    def test_whoever_else_asks_is_named(self):
        for call in ("bl	18f44 <malloc>", "b.w	18f44 <calloc>", "bl	18f44 <_Znwj>", "bl	18f44 <__malloc_veneer>", "b.n	18f44 <_realloc_r>"):
            self.assertEqual(self.others(CALLS + f"    9008:	{call}\n"), ["_ZN5kedge4Link5spoilEv"], call)


if __name__ == "__main__":
    unittest.main()
