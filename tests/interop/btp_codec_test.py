"""Our codecs of btp2 against npm's btp-packet and ilp-packet: random messages each way, byte for byte."""

import collections
import functools
import os
import random
import re
import subprocess
import unittest

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = int(os.environ.get("KEDGE_BTP_SEED", "1"))
COUNT = 10_000

# What our decoder refuses and npm's takes, by the end of our reason. Everything else is refused by both or by none.
# These they would not write: copied, the message is another.
MISREAD = (
    # They read what they know of and leave the rest of the message, of its contents or of the packet.
    "end: trailing bytes",
    # They check the form of a length, but not of a count of protocol data; and of a length only up to 4 bytes: the least
    # value they want in 5 is 1 << 32, which is 1 in JavaScript.
    "not in its shortest form",
    # Date.UTC() carries the 13th month over.
    "expires_at: no moment in the years 1970 to 9999",
    # They drop the eighth bit of what should be ASCII.
    "not text",
    "a character outside the alphabet",
)
# These they would write as well.
LENIENT = (
    # Years before 1970; and the date of an ERROR is not looked at.
    "no moment in the years 1970 to 9999",
    # Any three bytes are the code of a REJECT.
    "code: not 3 printable characters",
    # The packet of a message is ours to find, and theirs to leave to the reader.
    "ilp: a packet that is no octet-stream",
    "ilp: a second packet",
)


@functools.cache
def ours(*arguments, lines=""):
    return run([os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_BTP_CODEC"], *arguments], lines)


@functools.cache
def theirs(*arguments, lines=""):
    return run(["node", os.path.join(HERE, "npm", "btp_codec.js"), *arguments], lines,
               NODE_PATH=os.environ["KEDGE_NODE_MODULES"])


def run(command, lines, **environment):
    done = subprocess.run(command, input=lines, capture_output=True, text=True, encoding="ascii", check=False,
                          timeout=5 * harness.WAIT_S, env={**os.environ, **environment})
    if done.returncode != 0:
        raise AssertionError(f"{command} failed ({done.returncode}): {done.stderr}")
    return done.stdout


def shortened(text):
    return text if len(text) < 2000 else f"{text[:2000]} ... ({len(text)} characters)"


def spoiled(line, source):
    """The message of a line with one byte changed, added or taken away, or cut off."""
    message = bytearray.fromhex(line.split(" ", 1)[0])
    at = source.randrange(min(len(message), source.choice((16, 80, 10_000))))
    how = source.randrange(6)
    if how == 0:
        del message[at:]
    elif how == 1:
        message.insert(at, source.randrange(256))
    elif how == 2:
        del message[at]
    elif how == 3:
        message[at] = (message[at] + source.choice((-1, 1))) % 256
    elif how == 4:
        message.append(source.randrange(256))
    else:
        message[at] = source.randrange(256)
    return message.hex()


def with_valid_utf8(line):
    """What a message says, with its texts as a JavaScript string has them, and without the packet's bytes, which hold them."""
    said = re.sub(r" 696c70/0/\S+", " ilp", line.split(" ", 1)[1])
    return re.sub(r"(?<= )~([0-9a-f]*)(?= |$)", lambda text: bytes.fromhex(text[1]).decode("utf-8", "replace"), said)


GOOD = ("taken by both", "refused by both", "ours is stricter")


def judged(line, mine, other):
    """How the two copied a spoiled message: one of GOOD, or what is wrong with it."""
    if mine.startswith("refused: "):
        if other.startswith("refused: "):
            return "refused by both"
        reasons = LENIENT if line == other.split(" ", 1)[0] else MISREAD + LENIENT
        return "ours is stricter" if mine.endswith(reasons) else "refused by ours, for no reason on the list"
    if line != mine.split(" ", 1)[0]:
        return "taken by ours, but copied to other bytes"
    if other.startswith("refused: "):
        return "taken by ours, refused by npm's"
    return "taken by both" if with_valid_utf8(mine) == with_valid_utf8(other) else "taken by both, but not alike"


class BtpCodec(unittest.TestCase):
    def assert_same_lines(self, expected, actual):
        expected, actual = expected.splitlines(), actual.splitlines()
        self.assertEqual(COUNT, len(expected))
        self.assertEqual(COUNT, len(actual))
        for number, (one, other) in enumerate(zip(expected, actual), 1):
            if one != other:
                self.fail(f"message {number} of seed {SEED}:\n  {shortened(one)}\nbut copied it is\n  {shortened(other)}")

    def assert_variety(self, lines):
        """No kind of message or packet was left out."""
        for kind in ("1", "2", "6", "7"):
            self.assertGreater(len(re.findall(rf"^\w+ {kind} ", lines, re.M)), COUNT // 20, f"messages of type {kind}")
        for packet in ("prepare", "fulfill", "reject", "none"):
            self.assertGreater(len(re.findall(rf" {packet}(?: |$)", lines, re.M)), COUNT // 20, packet)

    def test_what_npm_encodes_we_read_and_encode_the_same(self):
        lines = theirs("generate", str(SEED), str(COUNT))
        self.assert_variety(lines)
        self.assert_same_lines(lines, ours("copy", lines=lines))

    def test_what_we_encode_npm_reads_and_encodes_the_same(self):
        lines = ours("generate", str(SEED), str(COUNT))
        self.assert_variety(lines)
        self.assert_same_lines(lines, theirs("copy", lines=lines))

    def test_spoiled_messages_are_refused_by_both_but_for_what_we_are_stricter_in(self):
        source = random.Random(SEED)
        lines = [spoiled(line, source) for line in theirs("generate", str(SEED), str(COUNT)).splitlines()]
        text = "\n".join(lines) + "\n"
        verdicts = collections.Counter()
        for line, mine, other in zip(lines, ours("copy", lines=text).splitlines(),
                                     theirs("copy", lines=text).splitlines(), strict=True):
            verdict = judged(line, mine, other)
            verdicts[verdict] += 1
            if verdict not in GOOD:
                self.fail(f"{verdict}, seed {SEED}:\n  {shortened(line)}\n  ours: {shortened(mine)}\n  npm: {shortened(other)}")
        self.assertGreater(min(verdicts[verdict] for verdict in GOOD), COUNT // 20, verdicts)


if __name__ == "__main__":
    unittest.main()
