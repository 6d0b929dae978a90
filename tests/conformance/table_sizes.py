"""Cases: large messages, whole and in fragments, up to the limit of 16 MiB and one byte more; and many small ones."""

from case import Case, answers, binary, fails, message, more, text
from table_frames import bytes_of, text_of
from wire import BINARY, TEXT, Await, Frame, Message, Repeat

KIB, MIB = 1 << 10, 1 << 20
LARGEST = 16 * MIB


def even_fragments(opcode, fragment_bytes, total_bytes):
    """A message whose fragments between the first and the last are alike; a text's are cut inside sequences. The steps,
    and the message."""
    unit = text_of(fragment_bytes) if opcode == TEXT else bytes_of(fragment_bytes)
    turned = unit[-1:] + unit[:-1]
    count = total_bytes // fragment_bytes
    # One byte first, so that all that follows is shifted against the sequences.
    first = b"x" + unit[:-1]
    last = unit[-1:] + b"x" * (fragment_bytes - 1)
    steps = [Frame(opcode, first, fin=False), Repeat(more(turned, fin=False), count - 2), more(last)]
    return steps, Message("text" if opcode == TEXT else "binary", first + turned * (count - 2) + last)


def in_fragments(opcode, fragment_bytes, total_bytes):
    steps, whole = even_fragments(opcode, fragment_bytes, total_bytes)
    name = "text" if opcode == TEXT else "binary"
    return Case(f"{name} of {total_bytes} in fragments of {fragment_bytes}", steps, answers(whole))


def in_one(opcode, size):
    frame = Frame(opcode, text_of(size) if opcode == TEXT else bytes_of(size))
    return Case(f"{'text' if opcode == TEXT else 'binary'} of {size}", [frame], answers(message(frame)))


def burst(opcode, size):
    frame = Frame(opcode, text_of(size) if opcode == TEXT else bytes_of(size))
    return Case(f"1000 of {'text' if opcode == TEXT else 'binary'} of {size} at once", [Repeat(frame, 1000)],
                answers(*[message(frame)] * 1000))


def table(largest=LARGEST):
    """`largest`: leaves out what is larger, for a machine of thirty times the time."""
    sizes = [(size, opcode) for size in (256 * KIB, MIB, 4 * MIB, LARGEST) for opcode in (TEXT, BINARY)
             if size <= largest]
    pieces = [(fragment, opcode, min(largest, LARGEST if opcode == TEXT else 4 * MIB))
              for fragment in (64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB) for opcode in (TEXT, BINARY)]
    return {"sizes": [in_one(opcode, size) for size, opcode in sizes] + [
        in_fragments(opcode, fragment, total) for fragment, opcode, total in pieces] + [
        burst(opcode, size) for opcode in (TEXT, BINARY) for size in (0, 16, 64, 256, KIB)] + [
        Case("two messages of 1 MiB at once", [binary(bytes_of(MIB)), text(text_of(MIB))],
             answers(Message("binary", bytes_of(MIB)), Message("text", text_of(MIB)))),
        Case("a frame of 16 MiB and a byte", [binary(b"x" * 100, length=LARGEST + 1)], fails(1009)),
        Case("a frame of 2^62 bytes", [binary(b"x" * 100, length=1 << 62)], fails(1009)),
        Case("a fragment that leads beyond 16 MiB", [binary(b"x", fin=False), more(b"y", length=LARGEST, fin=False)],
             fails(1009)),
        Case("a text beyond 16 MiB after one that is not", [text(b"small"), Await(1), text(b"x", length=LARGEST + 1)],
             fails(1009, Message("text", b"small"))),
    ]}
