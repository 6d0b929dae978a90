"""Cases: text that is UTF-8 (RFC 3629) and text that is not, cut everywhere, and refused at its first wrong byte."""

from case import Case, answers, fails, fragments, message, more, text
from wire import PING, TEXT, Await, Beginning, Frame, Message, Rest

# Name: the sequences. Valid ones come back, invalid ones fail the connection with 1007.
VALID = {
    "one to four bytes": (b"hello$world", b"hello\xc2\xa2world", b"hello\xe2\x82\xacworld",
                          b"hello\xf0\xa4\xad\xa2world"),
    "words": ("κόσμε".encode(), "Hello-µ@ßöäüàá-UTF-8!!".encode(), "日本語".encode(), "🧭⚓".encode()),
    "the first of each length": (b"\x00", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"),
    "the last of each length": (b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"),
    "beside the surrogates": (b"\xed\x9f\xbf", b"\xee\x80\x80"),
    "the edges of each lead byte": tuple(chr(point).encode() for point in (
        0x0fff, 0x1000, 0xcfff, 0xd000, 0xfffd, 0x3ffff, 0x40000, 0xfffff, 0x100000)),
    "specials": tuple(chr(point).encode() for point in range(0xfff9, 0x10000)),
    "noncharacters": tuple(chr(plane << 16 | low).encode() for plane in range(17) for low in (0xfffe, 0xffff)) + (
        "\ufdd0".encode(), "\ufdef".encode()),
    "a byte order mark": (b"\xef\xbb\xbfx", b"x\xef\xbb\xbf"),
    "every scalar value below U+0800": ("".join(map(chr, range(0x800))).encode(),),
}

INVALID = {
    "a continuation byte alone": (b"\x80", b"\xbf", b"\x80\xbf", b"\x80\xbf\x80", bytes(range(0x80, 0xc0))),
    "a lead byte alone": tuple(bytes([lead]) + b" " for lead in range(0xc0, 0x100)),
    "one continuation byte too many": (b"\xc2\xa2\x80", b"\xe2\x82\xac\x80", b"\xf0\xa4\xad\xa2\x80"),
    "bytes that never occur": (b"\xc0", b"\xc1", *(bytes([byte]) for byte in range(0xf5, 0x100)), b"\xfe\xfe\xff\xff"),
    "overlong ASCII": (b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf",
                       b"\xfc\x80\x80\x80\x80\xaf"),
    "the largest overlong ones": (b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xf8\x87\xbf\xbf\xbf",
                                  b"\xfc\x83\xbf\xbf\xbf\xbf"),
    "overlong NUL": (b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80",
                     b"\xfc\x80\x80\x80\x80\x80"),
    "surrogates": (b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf", b"\xed\xb0\x80", b"\xed\xbe\x80",
                   b"\xed\xbf\xbf"),
    "surrogates in pairs": (b"\xed\xa0\x80\xed\xb0\x80", b"\xed\xad\xbf\xed\xbf\xbf", b"\xed\xaf\xbf\xed\xb0\x80"),
    "above U+10FFFF": (b"\xf4\x90\x80\x80", b"\xf4\xbf\xbf\xbf", b"\xf5\x80\x80\x80", b"\xf7\xbf\xbf\xbf",
                       b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"),
    "ASCII inside a sequence": (b"\xc2x", b"\xe2\x82x", b"\xf0\xa4\xadx", b"\xe2x\xac", b"\xf0\xa4x\xa2"),
    "a sequence inside another": (b"\xe2\x82\xe2\x82\xac", b"\xf0\xa4\xc2\xa2", b"\xc2\xf0\xa4\xad\xa2"),
}

BEFORE = "κόσμε ".encode()
SCALARS = (b"\xc2\xa2", b"\xe2\x82\xac", b"\xed\x9f\xbf", b"\xf0\xa4\xad\xa2", b"\xf4\x8f\xbf\xbf")
ASKED = Frame(PING, b"asked")
PONG_FIRST = Message("pong", b"asked")


# Every beginning of a character's bytes. (Python's incremental decoder notices a surrogate only at its third byte.)
BEGINNINGS = {chr(point).encode()[:count] for point in range(0x80, 0x110000, 64) if not 0xd800 <= point < 0xe000
              for count in range(1, len(chr(point).encode()))}


def first_wrong(sequence):
    """How many bytes there are up to the first that cannot be part of a text."""
    begun = 0
    for count in range(1, len(sequence) + 1):
        if sequence[begun:count] in BEGINNINGS:
            continue
        try:
            sequence[begun:count].decode()
        except UnicodeDecodeError:
            return count
        begun = count
    raise AssertionError(f"{sequence!r} is the beginning of a text")


def numbered(table):
    return [(f"{name}, {sequence[:12].hex(' ')}{' ...' if len(sequence) > 12 else ''}", sequence)
            for name, sequences in table.items() for sequence in sequences]


def refused_early(name, wrong):
    """The message is not over when its first wrong byte has come: only failing at once is an answer. That what came
    before was fine is proved by a pong."""
    begun = BEFORE + wrong[:-1]
    return [
        Case(f"early, in a fragment: {name}", [text(BEFORE + wrong, fin=False)], fails(1007)),
        Case(f"early, in the next fragment: {name}",
             [text(begun, fin=False), ASKED, Await(1), more(wrong[-1:], fin=False)], fails(1007, PONG_FIRST)),
        Case(f"early, inside a frame of 64 KiB: {name}", [Beginning(text((BEFORE + wrong).ljust(1 << 16)),
                                                                    len(BEFORE + wrong))], fails(1007)),
    ]


def in_two_segments(scalar, cut):
    frame = text(BEFORE + scalar + BEFORE)
    at = len(BEFORE) + cut
    return Case(f"across segments: {scalar.hex(' ')} cut at {cut}", [Beginning(frame, at), Await(0), Rest(frame, at)],
                answers(message(frame)))


def cut_off(scalar, cut):
    """A message that ends inside a sequence."""
    whole = BEFORE + scalar[:cut]
    return [Case(f"cut off: {scalar.hex(' ')} at {cut}", [text(whole)], fails(1007)),
            Case(f"cut off, in fragments: {scalar.hex(' ')} at {cut}", fragments(TEXT, whole, len(BEFORE)),
                 fails(1007)),
            Case(f"cut off, an empty last fragment: {scalar.hex(' ')} at {cut}", fragments(TEXT, whole, len(whole)),
                 fails(1007)),
            Case(f"cut off, then another message: {scalar.hex(' ')} at {cut}", [text(whole), text(scalar[cut:])],
                 fails(1007))]


UTF8 = [Case(f"valid: {name}", [text(valid)], answers(message(text(valid)))) for name, valid in numbered(VALID)] + [
    Case(f"valid in single bytes: {name}", [text(valid)], answers(message(text(valid))), 1)
    for name, valid in numbered(VALID) if len(valid) < 100] + [
    Case(f"valid in fragments of a byte: {name}", fragments(TEXT, valid, *(1,) * (len(valid) - 1)),
         answers(message(text(valid)))) for name, valid in numbered(VALID) if 1 < len(valid) < 100] + [
    Case(f"across fragments: {scalar.hex(' ')} cut at {cut}", fragments(TEXT, BEFORE + scalar, len(BEFORE) + cut),
         answers(message(text(BEFORE + scalar)))) for scalar in SCALARS for cut in range(len(scalar) + 1)] + [
    Case(f"across fragments, an empty one between: {scalar.hex(' ')} cut at {cut}",
         fragments(TEXT, BEFORE + scalar, len(BEFORE) + cut, 0), answers(message(text(BEFORE + scalar))))
    for scalar in SCALARS for cut in range(1, len(scalar))] + [
    Case(f"across fragments, a ping between: {scalar.hex(' ')} cut at {cut}",
         [text(scalar[:cut], fin=False), ASKED, Await(1), more(scalar[cut:])],
         answers(PONG_FIRST, message(text(scalar))))
    for scalar in SCALARS for cut in range(1, len(scalar))] + [
    in_two_segments(scalar, cut) for scalar in SCALARS for cut in range(1, len(scalar))] + [
    case for scalar in SCALARS for cut in range(1, len(scalar)) for case in cut_off(scalar, cut)] + [
    Case(f"invalid: {name}", [text(wrong)], fails(1007)) for name, wrong in numbered(INVALID)] + [
    Case(f"invalid between words: {name}", [text(BEFORE + wrong + BEFORE)], fails(1007))
    for name, wrong in numbered(INVALID)] + [
    Case(f"invalid in single bytes: {name}", [text(wrong)], fails(1007), 1) for name, wrong in numbered(INVALID)] + [
    case for name, wrong in numbered(INVALID) for case in refused_early(name, wrong[:first_wrong(wrong)])] + [
    Case(f"in a binary message it is nobody's business: {name}", [Frame(2, wrong)], answers(Message("binary", wrong)))
    for name, wrong in numbered(INVALID)]

TABLE = {"UTF-8": UTF8}
