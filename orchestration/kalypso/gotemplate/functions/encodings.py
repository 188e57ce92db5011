"""sprig's sums, encodings and the ciphers of it that give the same every time, as of 2.22."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import zlib
from typing import Any

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.signature import function, table
from orchestration.kalypso.values import to_bytes, to_text

_ALPHABET32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ALPHABET64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BLOCK = 16
# The public algorithm is Master Password's, version 3 (https://spectre.app/spectre-algorithm.pdf).
_SEED = b"com.lyndir.masterpassword"
_TEMPLATES = {
    "maximum": "anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno",
    "long": "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv "
    "CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv "
    "CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno",
    "medium": "CvcnoCvc CvcCvcno",
    "short": "Cvcn",
    "basic": "aaanaaan aannaaan aaannaaa",
    "pin": "nnnn",
}
_CHARACTERS = {
    "V": "AEIOU",
    "C": "BCDFGHJKLMNPQRSTVWXYZ",
    "v": "aeiou",
    "c": "bcdfghjklmnpqrstvwxyz",
    "A": "AEIOUBCDFGHJKLMNPQRSTVWXYZ",
    "a": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
    "n": "0123456789",
    "o": "@&%?,=[]_:-+*$#!'^~;()/.",
    "x": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
}


def _fault64(data: bytes) -> int | None:
    """Return where Go finds *data* not to be in base 64, None if it is."""
    quantum, at = 0, 0
    while at < len(data):
        byte = data[at : at + 1]
        at += 1
        if byte in b"\r\n":
            continue
        if byte in _ALPHABET64:
            quantum = (quantum + 1) % 4
        elif byte != b"=" or quantum < 2:
            return at - 1
        else:
            return _fault_in_padding(data, at, quantum)
    return at - quantum if quantum else None


def _fault_in_padding(data: bytes, at: int, quantum: int) -> int | None:
    at = _skip_breaks(data, at)
    if quantum == 2:
        if at == len(data):
            return at
        if data[at : at + 1] != b"=":
            return at - 1
        at = _skip_breaks(data, at + 1)
    return at if at < len(data) else None


def _skip_breaks(data: bytes, at: int) -> int:
    while at < len(data) and data[at : at + 1] in b"\r\n":
        at += 1
    return at


def _fault32(data: bytes) -> int | None:
    """Return where Go finds *data*, without line breaks, not to be in base 32, None if it is."""
    for start in range(0, len(data), 8):
        group = data[start : start + 8]
        letters = len(group) - len(group.lstrip(_ALPHABET32))
        if letters == 8:
            continue
        if letters == len(group):
            return start
        last = start + 8 >= len(data)
        if group[letters : letters + 1] != b"=" or letters < 2 or not last:
            return start + letters
        if len(group) < 8:
            return len(data)
        wrong = len(group) - len(group[letters:].lstrip(b"="))
        if wrong < 8:
            return start + wrong - 1
        return start + letters if letters in (3, 6) else None
    return None


def _decode64(text: str) -> str:
    data = to_bytes(text)
    fault = _fault64(data)
    return to_text(base64.b64decode(data)) if fault is None else f"illegal base64 data at input byte {fault}"


def _decode32(text: str) -> str:
    data = to_bytes(text).replace(b"\n", b"").replace(b"\r", b"")
    fault = _fault32(data)
    return to_text(base64.b32decode(data)) if fault is None else f"illegal base32 data at input byte {fault}"


def _derive_password(counter: int, kind: str, password: str, user: str, site: str) -> str:
    if kind not in _TEMPLATES:
        return f"cannot find password template {kind}"
    who, where = to_bytes(user), to_bytes(site)
    salt = _SEED + struct.pack(">I", len(who)) + who
    key = hashlib.scrypt(to_bytes(password), salt=salt, n=32768, r=8, p=2, dklen=64, maxmem=1 << 27)
    message = _SEED + struct.pack(">I", len(where)) + where + struct.pack(">I", counter & 0xFFFFFFFF)
    seed = hmac.new(key, message, hashlib.sha256).digest()
    templates = _TEMPLATES[kind].split()
    chosen = templates[seed[0] % len(templates)]
    groups = (_CHARACTERS[letter] for letter in chosen)
    return "".join(group[byte % len(group)] for group, byte in zip(groups, seed[1:], strict=False))


def _decrypt_aes(password: str, encrypted: str) -> str:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # slow to load, and rarely needed

    if not encrypted:
        return ""
    data = to_bytes(encrypted)
    fault = _fault64(data)
    if fault is not None:
        raise FunctionError(f"illegal base64 data at input byte {fault}")
    raw = base64.b64decode(data)
    if len(raw) < _BLOCK:
        raise FunctionError(f"runtime error: slice bounds out of range [:{_BLOCK}] with capacity {len(data) // 4 * 3}")
    if len(raw) == _BLOCK or len(raw) % _BLOCK:
        raise FunctionError("crypto/cipher: input not full blocks")
    key = to_bytes(password)[:32].ljust(32, b"\0")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(raw[:_BLOCK])).decryptor()
    plain = decryptor.update(raw[_BLOCK:]) + decryptor.finalize()
    if plain[-1] > len(plain):
        raise FunctionError("runtime error: slice bounds out of range")
    return to_text(plain[: len(plain) - plain[-1]])


def _custom_certificate(certificate: str, key: str) -> Any:
    names = {"certificate": certificate, "private key": key}
    for name, encoded in names.items():
        if _fault64(to_bytes(encoded)) is not None:
            raise FunctionError(f"unable to decode base64 {name}")
    texts = {name: to_text(base64.b64decode(to_bytes(encoded))) for name, encoded in names.items()}
    for name, text in texts.items():
        if "-----BEGIN " not in text:
            raise FunctionError(f"unable to decode {name.removeprefix('private ')}")
    return Certificate(*texts.values())


class Certificate:
    """What `buildCustomCert` gives."""

    go_type = "sprig.certificate"

    def __init__(self, certificate: str, key: str) -> None:
        self.go_fields = {"Cert": certificate, "Key": key}


FUNCTIONS = table(
    ("sha1sum", "string", lambda text: hashlib.sha1(to_bytes(text), usedforsecurity=False).hexdigest()),
    ("sha256sum", "string", lambda text: hashlib.sha256(to_bytes(text)).hexdigest()),
    ("adler32sum", "string", lambda text: str(zlib.adler32(to_bytes(text)))),
    ("b64enc", "string", lambda text: base64.b64encode(to_bytes(text)).decode()),
    ("b64dec", "string", _decode64),
    ("b32enc", "string", lambda text: base64.b32encode(to_bytes(text)).decode()),
    ("b32dec", "string", _decode32),
    ("decryptAES", "string string", _decrypt_aes),
    ("buildCustomCert", "string string", _custom_certificate),
)
# scrypt is slow by design.
FUNCTIONS["derivePassword"] = function(
    "derivePassword", "uint32 string string string string", _derive_password, cost=60_000
)
