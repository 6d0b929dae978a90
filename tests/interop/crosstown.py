"""BTP in the dialect crosstown, and its ILP packets, from the protocol page alone: a make of its own, next to ours."""

import hashlib
import json
import re
import struct

RESPONSE, ERROR, MESSAGE = 1, 2, 6
PREPARE, FULFILL, REJECT = 12, 13, 14
ADDRESS = re.compile(rb"[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*")


def sha256(data):
    return hashlib.sha256(data).digest()


def var_uint(number):
    if number < 128:
        return bytes([number])
    digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def var_octets(data):
    return var_uint(len(data)) + data


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        if self.at + size > len(self.data):
            raise ValueError(f"cut at {self.at}")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def var_uint(self):
        first = self.number(1)
        if first < 128:
            return first
        size = first & 0x7F
        number = self.number(size)
        if not 1 <= size <= 8 or var_uint(number) != bytes([first]) + number.to_bytes(size, "big"):
            raise ValueError(f"not the shortest number, at {self.at}")
        return number

    def var_octets(self):
        return self.take(self.var_uint())

    def end(self):
        if self.at != len(self.data):
            raise ValueError(f"{len(self.data) - self.at} bytes behind the end")


def decode_message(data):
    """(type, request id, protocol data by name, packet); of an ERROR its four parts instead of the last two."""
    reader = Reader(data)
    kind, request_id = reader.number(1), reader.number(4)
    if kind == ERROR:
        parts = [reader.take(reader.number(1)) for _ in range(3)] + [reader.take(reader.number(4))]
        reader.end()
        return kind, request_id, parts, b""
    entries = {}
    for _ in range(reader.number(1)):
        name = reader.take(reader.number(1)).decode()
        reader.number(2)
        entries[name] = reader.take(reader.number(4))
    packet = reader.take(reader.number(4))
    reader.end()
    return kind, request_id, entries, packet


def encode_message(kind, request_id, packet=b""):
    return struct.pack("!BIBI", kind, request_id, 0, len(packet)) + packet


def encode_error(request_id, code=b"F00", name=b"BTPError", data=b""):
    parts = b"".join(bytes([len(part)]) + part for part in (code, name, b"2026-11-21T02:49:50.711Z"))
    return struct.pack("!BI", ERROR, request_id) + parts + struct.pack("!I", len(data)) + data


def decode_auth(data):
    """(request id, peer id, secret)."""
    kind, request_id, entries, packet = decode_message(data)
    if kind != MESSAGE or list(entries) != ["auth"] or packet:
        raise ValueError("no authentication")
    words = json.loads(entries["auth"])
    return request_id, words["peerId"], words["secret"]


def encode_auth(request_id, peer_id, secret):
    words = json.dumps({"peerId": peer_id, "secret": secret}, separators=(",", ":")).encode()
    return struct.pack("!BIBB4sHI", MESSAGE, request_id, 1, 4, b"auth", 0, len(words)) + words + bytes(4)


def decode_prepare(packet):
    reader = Reader(packet)
    if reader.number(1) != PREPARE:
        raise ValueError("no PREPARE")
    prepare = {"amount": reader.var_uint(), "expires": reader.take(19).decode(), "condition": reader.take(32),
               "destination": reader.var_octets(), "data": reader.var_octets()}
    reader.end()
    if not ADDRESS.fullmatch(prepare["destination"]) or not re.fullmatch(r"\d{14}\.\d{3}Z", prepare["expires"]):
        raise ValueError("bad destination or time")
    prepare["destination"] = prepare["destination"].decode()
    return prepare


def encode_prepare(amount, condition, destination, data=b"", expires=b"20991231235959.000Z"):
    return bytes([PREPARE]) + var_uint(amount) + expires + condition + var_octets(destination) + var_octets(data)


def encode_fulfill(fulfillment, data=b""):
    return bytes([FULFILL]) + fulfillment + var_octets(data)


def encode_reject(code, message=b"", data=b"", triggered_by=b"test.connector"):
    return bytes([REJECT]) + code + var_octets(triggered_by) + var_octets(message) + var_octets(data)
