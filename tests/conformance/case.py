"""A case: what is sent, and the one outcome that is right. The tables are lists of them."""

import collections
import os

from wire import BINARY, CLOSE, CONTINUATION, TEXT, Await, Breach, Frame, Message, encode_step, shown

# `steps`: Frame, Beginning, Rest, Repeat or Await; what stands between two Awaits is sent at once, or in pieces of
# `chop` bytes.
STRICT = os.environ.get("KEDGE_CONFORMANCE_STRICT") == "1"
Case = collections.namedtuple("Case", "id steps outcome chop", defaults=(0,))

# `answers`: messages in their order, pongs in theirs. `maybe`: these may come before them, or not: RFC 6455 lets a
# peer that fails a connection leave out what it had not sent, but ours does not (KEDGE_CONFORMANCE_STRICT). `closes`: who closes: the driver, after the answers
# ("us"); the peer, of its own ("peer"); or the peer in answer to the steps ("reply"). `code`: of its close frame;
# None: without one.
Outcome = collections.namedtuple("Outcome", "answers maybe closes code")


def text(payload=b"x", **options):
    return Frame(TEXT, payload, **options)


def binary(payload=b"x", **options):
    return Frame(BINARY, payload, **options)


def more(payload=b"x", **options):
    return Frame(CONTINUATION, payload, **options)


def closing(code=None, reason=b"", **options):
    return Frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason, **options)


def message(frame):
    """What an echo of the frame is as an answer; a ping's is its pong."""
    return Message({TEXT: "text", BINARY: "binary"}.get(frame.opcode, "pong"), frame.payload)


def fragments(first, payload, *sizes):
    """A message in fragments: of these sizes, then the rest."""
    frames, at = [], 0
    for size in sizes:
        frames.append(Frame(CONTINUATION if frames else first, payload[at:at + size], fin=False))
        at += size
    return frames + [Frame(CONTINUATION if frames else first, payload[at:])]


def answers(*expected):
    """Everything is answered, and the line is still good: a close handshake ends it."""
    return Outcome(expected, (), "us", 1000)


def fails(code, *expected, maybe=()):
    """The peer fails the connection with this code, having sent these answers and nothing else."""
    return Outcome(expected, tuple(maybe), "peer", code)


def replies(code, *expected, maybe=()):
    """The steps hold a close frame: the peer answers it with this code and sends nothing more."""
    return Outcome(expected, tuple(maybe), "reply", code)


def play(case, line):
    """Plays a case over an open line and judges it. Breach: what was expected, and what came instead."""
    pending = bytearray()
    for step in [*case.steps, Await(0)]:
        if not isinstance(step, Await):
            pending += encode_step(step, line.masks)
            continue
        line.send(pending, case.chop)
        pending.clear()
        line.until(lambda want=step.answers: len(line.answers) >= want or line.closing,
                   lambda want=step.answers: f"answer {want}; so far {told(line.answers)}")
    expected = case.outcome
    if expected.closes == "us":
        line.until(lambda: len(line.answers) >= len(expected.answers) or line.closing,
                   lambda: f"all answers; expected {told(expected.answers)}, got {told(line.answers)}")
        if line.closing:
            raise Breach(f"expected {told(expected.answers)} and an open line, got {told(line.answers)} and "
                         f"{line.closing}")
        line.send(encode_step(closing(1000), line.masks))
    line.until(lambda: line.closing, lambda: f"a close frame with {expected.code}; got {told(line.answers)}")
    judge_answers(expected, line.answers)
    if line.closing.code != expected.code:
        raise Breach(f"expected a close frame with {expected.code}, got {line.closing}")
    finish(expected, line)


def finish(expected, line):
    """RFC 6455 section 7.1.1: the server ends the TCP connection; whoever is it, kedge must end its side."""
    if expected.closes == "peer":
        line.reply(encode_step(closing(line.closing.code), line.masks))
    if line.kedge_is_client:
        line.shut()
    line.until_end()


def judge_answers(expected, got):
    """Messages and pongs each in their order; a pong may overtake a message."""
    for pongs in (False, True):
        want = [answer for answer in expected.answers if (answer.kind == "pong") == pongs]
        maybe = [answer for answer in expected.maybe if (answer.kind == "pong") == pongs]
        have = [answer for answer in got if (answer.kind == "pong") == pongs]
        if have not in ((maybe + want,) if STRICT else (want, maybe + want)):
            raise Breach(f"expected {told(want)}{' perhaps after ' + told(maybe) if maybe else ''}, got {told(have)}")


def told(messages):
    if not messages:
        return "no answer"
    if len(messages) > 12:
        return f"{len(messages)} answers from {told(messages[:1])} to {told(messages[-1:])}"
    return ", ".join(f"{kind} {shown(payload)}" for kind, payload in messages)
