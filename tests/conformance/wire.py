"""RFC 6455 on a bare socket: frames as a table writes them, and a line that checks every frame it receives."""

import collections
import hashlib
import os
import select
import socket
import struct
import time

# Under valgrind everything takes longer.
WAIT_S = max(20, 10 * int(os.environ.get("KEDGE_TEST_SLOWNESS", "1")))

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = b"\xa5\x3c\x96\x0f"

# `masked`: None as the sender's role demands, "wrong" the other way. `length` lies about the payload's; `form` (0, 2, 8
# bytes) chooses one that may be too long.
Frame = collections.namedtuple("Frame", "opcode payload fin rsv masked length form",
                               defaults=(b"", True, 0, None, None, None))
# The head of a frame and the first `count` bytes of its payload; and what that leaves.
Beginning = collections.namedtuple("Beginning", "frame count")
Rest = collections.namedtuple("Rest", "frame count")
# The same frame many times over.
Repeat = collections.namedtuple("Repeat", "frame count")
# Sends what stands before, and nothing more until so many answers have come.
Await = collections.namedtuple("Await", "answers")

# What a line has received.
Message = collections.namedtuple("Message", "kind payload")
Closing = collections.namedtuple("Closing", "code reason")  # code None: the frame was empty


class Breach(Exception):
    """The peer did what RFC 6455 forbids, or not what the case expects."""


def mask(payload, key):
    size = len(payload)
    keys = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(keys, "little")).to_bytes(size, "little")


def encode(frame, masks):
    """The bytes of a frame from a side that masks, or does not."""
    if frame.masked == "wrong":
        masks = not masks
    size = len(frame.payload) if frame.length is None else frame.length
    form = (0 if size < 126 else 2 if size < 65536 else 8) if frame.form is None else frame.form
    code = {0: size, 2: 126, 8: 127}[form]
    head = bytes([(0x80 if frame.fin else 0) | frame.rsv << 4 | frame.opcode, (0x80 if masks else 0) | code])
    head += {0: b"", 2: struct.pack("!H", size & 0xFFFF), 8: struct.pack("!Q", size)}[form]
    return head + KEY + mask(frame.payload, KEY) if masks else head + frame.payload


def encode_step(step, masks):
    if isinstance(step, Beginning):
        whole = encode(step.frame, masks)
        return whole[:len(whole) - len(step.frame.payload) + step.count]
    if isinstance(step, Rest):
        return encode(step.frame, masks)[step.count - len(step.frame.payload):]
    if isinstance(step, Repeat):
        return encode(step.frame, masks) * step.count
    return encode(step, masks)


def shown(payload):
    if len(payload) <= 40:
        return repr(bytes(payload))
    return f"{len(payload)} bytes (sha1 {hashlib.sha1(payload).hexdigest()[:12]})"


class Line:
    """One open WebSocket connection to kedge, which is the client or the server. Strict in what it accepts."""

    def __init__(self, connection, kedge_is_client, unread=b""):
        self.socket = connection
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kedge_is_client = kedge_is_client
        self.masks = not kedge_is_client  # what we send
        self.deadline = time.monotonic() + WAIT_S
        self.unread = bytearray(unread)
        self.answers = []  # messages, pongs
        self.closing = None
        self.ended = False
        self.kind = None  # of the message in progress
        self.pieces = []
        self.last_key = None
        self.parse()

    def send(self, data, chop=0):
        """Sends in pieces of `chop` bytes, each a segment of its own as far as the kernel lets it be, and listens
        meanwhile. Stops when the peer has closed."""
        view = memoryview(data)
        step = chop or len(view)
        for at in range(0, len(view), max(step, 1)):
            piece = view[at:at + step]
            while piece and self.closing is None and not self.ended:
                try:
                    piece = piece[self.socket.send(piece):]
                except BlockingIOError:
                    self.wait(writing=True)
                except (BrokenPipeError, ConnectionResetError) as error:
                    self.receive()  # a close frame may have come before
                    if self.closing is None:
                        raise Breach("the TCP connection broke without a close frame") from error

    def reply(self, close_frame):
        """Answers the peer's close frame, if it still listens."""
        try:
            self.socket.send(close_frame)
        except OSError:
            pass  # it need not, after a breach of ours

    def until(self, done, what):
        """Listens until `done()`; `what()` says in words what that is."""
        while not done():
            if self.ended:
                raise Breach(f"the stream ended before {what()}")
            self.wait(what=what)

    def until_end(self):
        self.until(lambda: self.ended, lambda: "the end of the stream")
        if self.unread or self.kind:
            raise Breach("the stream ended inside a frame or message")

    def shut(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the peer was faster

    def wait(self, what=lambda: "it read", writing=False):
        left = self.deadline - time.monotonic()
        readable, writable, _ = select.select([] if self.ended else [self.socket], [self.socket] if writing else [], [],
                                              max(left, 0))
        if not readable and not writable:
            raise Breach(f"{WAIT_S} s passed before {what()}")
        if readable:
            self.receive()

    def receive(self):
        try:
            data = self.socket.recv(1 << 20)
        except BlockingIOError:
            return
        except ConnectionResetError as error:
            raise Breach("the TCP connection was reset") from error
        self.ended = not data
        self.unread += data
        self.parse()

    def parse(self):
        at = 0
        while (size := self.take_frame(at)) != 0:
            at += size
        del self.unread[:at]

    def take_frame(self, at):
        """Takes the frame at `at`; its size, or 0 when it is not whole yet."""
        data = self.unread
        if len(data) - at < 2:
            return 0
        first, second = data[at], data[at + 1]
        size, head = second & 0x7F, 2
        if size > 125:
            head = 4 if size == 126 else 10
            if len(data) - at < head:
                return 0
            size = int.from_bytes(data[at + 2:at + head], "big")
            if size <= (125 if head == 4 else 0xFFFF):
                raise Breach("it sent a length that is not in the shortest form")
        if bool(second & 0x80) != self.kedge_is_client:
            raise Breach(f"it sent a frame that is {'not ' if self.kedge_is_client else ''}masked")
        if first & 0x70:
            raise Breach("it sent a frame with reserved bits")
        end = at + head + (4 if self.kedge_is_client else 0) + size
        if len(data) < end:
            return 0
        payload = bytes(data[end - size:end])
        if self.kedge_is_client:
            key = bytes(data[at + head:at + head + 4])
            if key == self.last_key:
                raise Breach("it used a mask key twice in a row")
            self.last_key = key
            payload = mask(payload, key)
        self.take(first & 0x0F, bool(first & 0x80), payload)
        return end - at

    def take(self, opcode, fin, payload):
        if self.closing is not None:
            raise Breach(f"it sent a frame (opcode {opcode}) after its close frame")
        if opcode >= CLOSE:
            if not fin or len(payload) > 125:
                raise Breach("it sent a control frame in fragments, or over 125 bytes")
            return self.take_control(opcode, payload)
        if opcode > BINARY or (opcode == CONTINUATION) != (self.kind is not None):
            raise Breach(f"it sent opcode {opcode} {'inside' if self.kind else 'outside'} a fragmented message")
        if opcode != CONTINUATION:
            self.kind = "text" if opcode == TEXT else "binary"
        self.pieces.append(payload)
        if fin:
            whole = b"".join(self.pieces)
            self.answers.append(Message(self.kind, whole))
            self.kind, self.pieces = None, []
            if self.answers[-1].kind == "text":
                whole.decode()

    def take_control(self, opcode, payload):
        if opcode == PONG:
            self.answers.append(Message("pong", payload))
        elif opcode == CLOSE:
            if len(payload) == 1:
                raise Breach("it sent half a close code")
            code = int.from_bytes(payload[:2], "big") if payload else None
            self.closing = Closing(code, payload[2:].decode())
        else:
            raise Breach(f"it sent a frame of opcode {opcode}, unasked")
