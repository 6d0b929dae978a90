"""Cases: framing, pings, reserved bits, opcodes, masking, fragmentation."""

from case import Case, answers, binary, closing, fails, fragments, message, more, replies, text
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Await, Frame, Message, Repeat

LENGTHS = (0, 1, 125, 126, 127, 128, 65535, 65536, 1 << 20)
CHOPS = (0, 1, 7, 997, 2048)
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
UNIT = "a\u00e9\u20ac\U0001f600".encode()  # one to four bytes, so that every cut falls inside one somewhere
EVERY_BYTE = bytes(range(256))


def text_of(size):
    return UNIT * (size // len(UNIT)) + b"x" * (size % len(UNIT))


def bytes_of(size):
    return (EVERY_BYTE * (size // 256 + 1))[:size]


def of(opcode, size):
    return Frame(opcode, text_of(size) if opcode == TEXT else bytes_of(size))


def ping(payload=b"x", **options):
    return Frame(PING, payload, **options)


def pong(payload=b"x", **options):
    return Frame(PONG, payload, **options)


def echoed(case_id, *frames, chop=0):
    return Case(case_id, frames, answers(*map(message, frames)), chop)


# A message of more pieces than this would only measure the kernel.
PIECES_MAX = 10000

FRAMING = [echoed(f"{NAMES[opcode]} of {size} in {f'pieces of {chop}' if chop else 'one piece'}",
                  of(opcode, size), chop=chop)
           for opcode in (TEXT, BINARY) for size in LENGTHS for chop in CHOPS
           if size <= chop * PIECES_MAX or not chop] + [
    Case("length in 2 bytes for 125", [of(BINARY, 125)._replace(form=2)], fails(1002)),
    Case("length in 8 bytes for 125", [of(BINARY, 125)._replace(form=8)], fails(1002)),
    Case("length in 8 bytes for 65535", [of(BINARY, 65535)._replace(form=8)], fails(1002)),
    Case("length in 2 bytes for 0", [of(TEXT, 0)._replace(form=2)], fails(1002)),
    Case("length with the top bit", [binary(length=1 << 63, form=8)], fails(1002)),
    Case("length of all ones", [binary(length=(1 << 64) - 1, form=8)], fails(1002)),
    echoed("every length from 0 to 130 at once", *(of(BINARY, size) for size in range(131))),
    echoed("every length from 0 to 130, piecemeal", *(of(TEXT, size) for size in range(131)), chop=7),
]

TEN = [ping(b"payload-%d" % i) for i in range(10)]
PARTS = fragments(TEXT, UNIT * 3, 12, 7)
PINGS = [echoed(f"ping of {size} in {f'pieces of {chop}' if chop else 'one piece'}", ping(bytes_of(size)), chop=chop)
         for size in (0, 1, 124, 125) for chop in (0, 1)] + [
    Case(f"ping of {size}", [ping(bytes_of(size))], fails(1002)) for size in (126, 127, 65535, 65536)] + [
    Case(f"pong of {size}", [pong(bytes_of(size))], fails(1002)) for size in (126, 65536)] + [
    Case("ping of 5 with its length in 2 bytes", [ping(b"hello", form=2)], fails(1002)),
    Case("ping of 5 with its length in 8 bytes", [ping(b"hello", form=8)], fails(1002)),
    echoed("ping with every byte up to 124", ping(bytes(range(125)))),
    echoed("ping with the others", ping(bytes(range(131, 256)))),
    echoed("ten pings in one segment", *TEN),
    echoed("ten pings in single bytes", *TEN, chop=1),
    Case("ten pings one by one", [step for i, one in enumerate(TEN) for step in (one, Await(i + 1))],
         answers(*map(message, TEN))),
    Case("unsolicited pong without payload", [pong(b"")], answers()),
    Case("unsolicited pong", [pong(b"unsolicited")], answers()),
    Case("unsolicited pong of 125", [pong(bytes_of(125))], answers()),
    Case("ten unsolicited pongs", [pong()] * 10, answers()),
    Case("unsolicited pong, then a ping", [pong(b"unsolicited"), ping(b"asked")], answers(Message("pong", b"asked"))),
    Case("unsolicited pong, then a message", [pong(b"unsolicited"), text(b"said")], answers(message(text(b"said")))),
    echoed("a ping and a message", ping(b"asked"), text(b"said")),
    echoed("a message and a ping", binary(b"said"), ping(b"asked")),
    echoed("pings between messages", *[frame for one in TEN for frame in (one, text(one.payload))]),
    Case("a ping inside a fragmented message is answered first",
         [PARTS[0], ping(b"asked"), Await(1), *PARTS[1:]],
         answers(Message("pong", b"asked"), Message("text", UNIT * 3))),
    Case("a ping between all fragments, in one segment", [PARTS[0], ping(b"1"), PARTS[1], ping(b"2"), PARTS[2]],
         answers(Message("pong", b"1"), Message("pong", b"2"), Message("text", UNIT * 3))),
    Case("a pong inside a fragmented message", [PARTS[0], pong(), *PARTS[1:]], answers(Message("text", UNIT * 3))),
]

CONTROL = (CLOSE, PING, PONG)
STARTED = [text(b"begun", fin=False)]


def payload_for(opcode):
    return b"\x03\xe8" if opcode == CLOSE else b"x"


BITS = [Case(f"reserved bits {rsv:03b} in a {NAMES[opcode]} frame {'without payload' if empty else ''}".strip(),
             (STARTED if opcode == CONTINUATION else []) +
             [Frame(opcode, b"" if empty else payload_for(opcode), rsv=rsv)], fails(1002))
        for opcode in NAMES for rsv in range(1, 8) for empty in (True, False)] + [
    Case(f"reserved bits {rsv:03b} after a message that was answered",
         [text(b"good"), Await(1), text(b"bad", rsv=rsv)], fails(1002, message(text(b"good"))))
    for rsv in range(1, 8)] + [
    Case(f"reserved bits {rsv:03b} in the segment of a message, a ping behind", [text(b"good"), text(rsv=rsv), ping()],
         fails(1002, maybe=[message(text(b"good"))])) for rsv in range(1, 8)] + [
    Case(f"reserved bits {rsv:03b} in single bytes", [text(b"bad", rsv=rsv)], fails(1002), 1) for rsv in range(1, 8)]

OPCODES = [case for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15) for case in (
    Case(f"opcode {opcode} without payload", [Frame(opcode)], fails(1002)),
    Case(f"opcode {opcode} with payload", [Frame(opcode, b"reserved")], fails(1002)),
    Case(f"opcode {opcode} without FIN", [Frame(opcode, b"reserved", fin=False)], fails(1002)),
    Case(f"opcode {opcode} in single bytes", [Frame(opcode, b"reserved")], fails(1002), 1),
    Case(f"opcode {opcode} after a message that was answered", [text(b"good"), Await(1), Frame(opcode, b"bad")],
         fails(1002, message(text(b"good")))),
    Case(f"opcode {opcode} in the segment of a message, a ping behind", [text(b"good"), Frame(opcode, b"bad"), ping()],
         fails(1002, maybe=[message(text(b"good"))])),
    Case(f"opcode {opcode} inside a fragmented message", STARTED + [Frame(opcode, b"bad")], fails(1002)))]

MASKING = [Case(f"a {NAMES[opcode]} frame {'without payload' if empty else 'with payload'}",
                (STARTED if opcode == CONTINUATION else []) +
                [Frame(opcode, b"" if empty else payload_for(opcode), masked="wrong")], fails(1002))
           for opcode in NAMES for empty in (True, False)] + [
    Case("after a message that was answered", [text(b"good"), Await(1), text(b"bad", masked="wrong")],
         fails(1002, message(text(b"good")))),
    Case("a frame of 64 KiB", [of(BINARY, 65536)._replace(masked="wrong")], fails(1002)),
    Case("in single bytes", [text(b"bad", masked="wrong")], fails(1002), 1),
]

LONG = UNIT * 40
SHAPES = {"two": (5,), "an empty first": (0,), "an empty middle": (200, 0), "an empty last": (400,),
          "empties": (0, 0, 0), "three": (100, 150), "single bytes": (1,) * 20, "many": (11,) * 30}
ORPHANS = {"continuation with FIN": more(b"lost"), "continuation without FIN": more(b"lost", fin=False),
           "empty continuation with FIN": more(b""), "empty continuation without FIN": more(b"", fin=False)}

FRAGMENTATION = [Case(f"{NAMES[opcode]} in fragments: {name}, in {f'pieces of {chop}' if chop else 'one piece'}",
                      fragments(opcode, LONG, *sizes), answers(message(Frame(opcode, LONG))), chop)
                 for opcode in (TEXT, BINARY) for name, sizes in SHAPES.items() for chop in (0, 1)] + [
    Case(f"{NAMES[opcode]} with nothing in {count} fragments", fragments(opcode, b"", *(0,) * (count - 1)),
         answers(message(Frame(opcode, b"")))) for opcode in (TEXT, BINARY) for count in (2, 3, 10)] + [
    Case("a message of 1002 fragments", [text(b"<", fin=False), Repeat(more(b"-", fin=False), 1000), more(b">")],
         answers(Message("text", b"<" + b"-" * 1000 + b">"))),
    Case("two fragmented messages, one behind the other", fragments(TEXT, LONG, 9) + fragments(BINARY, LONG, 8, 7),
         answers(Message("text", LONG), Message("binary", LONG))),
    Case("a whole message behind a fragmented one", fragments(TEXT, LONG, 9) + [binary(b"whole")],
         answers(Message("text", LONG), Message("binary", b"whole"))),
] + [Case(f"{name}, at the beginning", [orphan], fails(1002)) for name, orphan in ORPHANS.items()] + [
    Case(f"{name}, behind a message", [text(b"good"), Await(1), orphan], fails(1002, message(text(b"good"))))
    for name, orphan in ORPHANS.items()] + [
    Case(f"{name}, behind a fragmented message", [*fragments(TEXT, LONG, 9), Await(1), orphan],
         fails(1002, Message("text", LONG))) for name, orphan in ORPHANS.items()] + [
    Case(f"a new {NAMES[opcode]} {'with' if fin else 'without'} FIN inside a fragmented {NAMES[outer]}",
         [Frame(outer, b"begun", fin=False), Frame(opcode, b"new", fin=fin)], fails(1002))
    for outer in (TEXT, BINARY) for opcode in (TEXT, BINARY) for fin in (True, False)] + [
    Case("a new message without payload inside a fragmented one", STARTED + [text(b"")], fails(1002)),
    Case("a new message after two fragments", STARTED + [more(fin=False), text()], fails(1002)),
] + [Case(f"{NAMES[opcode]} in fragments, {'empty' if empty else 'with payload'}{where}",
          before + [Frame(opcode, b"" if empty else payload_for(opcode), fin=False)], fails(1002))
     for opcode in CONTROL for empty in (True, False)
     for where, before in (("", []), (", inside a message", STARTED))] + [
    Case("a ping in two fragments", [ping(fin=False), more()], fails(1002)),
    Case("a close inside a fragmented message", STARTED + [closing(1000)], replies(1000)),
]

TABLE = {"framing": FRAMING, "pings and pongs": PINGS, "reserved bits": BITS, "reserved opcodes": OPCODES,
         "masking": MASKING, "fragmentation": FRAGMENTATION}
