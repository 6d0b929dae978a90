"""Cases: the closing handshake, its codes and reasons, and what comes behind it."""

from case import Case, answers, binary, closing, fails, fragments, message, more, replies, text
from table_utf8 import INVALID, SCALARS, VALID, numbered
from wire import CLOSE, PING, PONG, TEXT, Await, Beginning, Frame

# RFC 6455 section 7.4 and its registry: 1012 to 1014 were added there.
GOOD_CODES = (*range(1000, 1004), *range(1007, 1015), *range(3000, 5000, 250), 3001, 3999, 4001, 4999)
BAD_CODES = (0, 1, 125, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1099, 1100, 1999, 2000, 2001, 2999, 5000, 5001, 9999,
             32768, 65535)
GOOD = text(b"good")

# What stands behind a close frame in the same segment, none of it to be answered.
BEHIND = {
    "text": text(b"late"), "binary": binary(b"late"), "a fragment": text(b"late", fin=False),
    "a continuation": more(b"late"), "a ping": Frame(PING, b"late"), "a pong": Frame(PONG, b"late"),
    "another close frame": closing(1001),
    "the same close frame": closing(1000), "an empty close frame": closing(), "reserved bits": text(b"late", rsv=7),
    "a reserved opcode": Frame(15, b"late"), "invalid UTF-8": text(b"\xff"),
    "a frame masked wrongly": text(masked="wrong"),
    "half a frame": Beginning(binary(bytes(1000)), 500),
}


def reasons():
    """Name: reason, good or bad."""
    yield from ((f"{size} bytes", b"r" * size) for size in (1, 2, 121, 122, 123))
    yield "of 123 bytes that are not ASCII", "€".encode() * 41
    names = ("words", "the first of each length", "the last of each length")
    yield from numbered({name: VALID[name] for name in names})


CLOSING = [Case("without payload", [closing()], replies(None)),
           Case("with half a code", [Frame(CLOSE, b"\x03")], fails(1002)),
           Case("with half a code, in single bytes", [Frame(CLOSE, b"\x03")], fails(1002), 1)] + [
    Case(f"code {code}", [closing(code)], replies(code)) for code in GOOD_CODES] + [
    Case(f"code {code} with a reason, in single bytes", [closing(code, b"going")], replies(code), 1)
    for code in GOOD_CODES] + [
    Case(f"code {code}, which must not be sent", [closing(code)], fails(1002)) for code in BAD_CODES] + [
    Case(f"code {code}, which must not be sent, with a reason", [closing(code, b"going")], fails(1002))
    for code in BAD_CODES] + [
    Case(f"a reason: {name}", [closing(1000, reason)], replies(1000)) for name, reason in reasons()] + [
    Case("a reason of 124 bytes", [closing(1000, b"r" * 124)], fails(1002)),
    Case("a reason of 65536 bytes", [closing(1000, b"r" * 65536)], fails(1002)),
] + [Case(f"a reason that is not UTF-8: {name}", [closing(1000, reason)], fails(1007))
     for name, reason in numbered(INVALID) if len(reason) < 124] + [
    Case(f"a reason cut off: {scalar.hex(' ')} at {cut}", [closing(1000, b"a" + scalar[:cut])], fails(1007))
    for scalar in SCALARS for cut in range(1, len(scalar))] + [
    Case(f"behind it: {name}", [closing(1000), frame], replies(1000)) for name, frame in BEHIND.items()] + [
    Case(f"behind an empty one: {name}", [closing(), frame], replies(None)) for name, frame in BEHIND.items()] + [
    Case("after a message that was answered", [GOOD, Await(1), closing(1000)], replies(1000, message(GOOD))),
    Case("in the segment of a message", [GOOD, closing(1000)], replies(1000, maybe=[message(GOOD)])),
    Case("in the segment of a ping", [Frame(PING, b"last"), closing(1000)],
         replies(1000, message(Frame(PING, b"last")))),
    Case("inside a fragmented message", [text(b"begun", fin=False), closing(1001)], replies(1001)),
    Case("inside a fragmented message that goes on", [text(b"begun", fin=False), closing(1001), more(b"late")],
         replies(1001)),
    Case("after a fragmented message", [*fragments(TEXT, b"whole", 2), Await(1), closing(1000)],
         replies(1000, message(text(b"whole")))),
    Case("by the driver, after nothing at all", [], answers()),
]

TABLE = {"close handling": CLOSING}
