"""Writes events.hex: an event file put together by hand, as its published format says.

Independent of Fovea: only struct, and a CRC-32C bit by bit (polynomial 0x82F63B78). The fields are those of TensorFlow's
event.proto and summary.proto, the framing is that of TFRecord. Run: python3 make.py > events.hex
"""
import struct


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data):
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def string(tag, data):
    assert len(data) < 128
    return bytes([tag, len(data)]) + data


assert crc32c(b"123456789") == 0xE3069283

TIME = b"\x09" + struct.pack("<d", 1700000000.25)               # Event.wall_time = 1, fixed64
STEP = b"\x10\xac\x02"                                          # Event.step = 2, varint 300
VERSION = string(0x1A, b"brain.Event:2")                        # Event.file_version = 3
START = string(0x3A, b"\x08\x01")                               # Event.session_log = 7 { status = 1: START = 1 }


def scalar(tag, value):                                         # Summary.value = 1 { tag = 1, simple_value = 2, fixed32 }
    return string(0x0A, string(0x0A, tag) + b"\x15" + struct.pack("<f", value))


SCALARS = string(0x2A, scalar(b"train/loss", 1.5) + scalar(b"train/lr", 0.0))   # Event.summary = 5

print((record(TIME + VERSION) + record(TIME + STEP + START) + record(TIME + STEP + SCALARS)).hex())
