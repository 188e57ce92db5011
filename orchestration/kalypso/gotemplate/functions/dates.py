"""sprig's dates (https://masterminds.github.io/sprig/date.html) as far as they give the same every time.

Local time is UTC, as it is in the scheduler's container.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from orchestration.kalypso.golayout import LOCAL, YearZero, format_time, parse_time
from orchestration.kalypso.goquote import quote
from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.functions.refused import refusal
from orchestration.kalypso.gotemplate.signature import Function, function, table
from orchestration.kalypso.goyaml import Timestamp
from orchestration.kalypso.values import Int64, is_integer

_DURATION = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+", re.ASCII)
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_ZERO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Time:
    """A Go `time.Time`, to the microsecond."""

    moment: datetime
    go_type = "time.Time"

    @property
    def go_methods(self) -> Mapping[str, Function]:
        """The methods a template may call."""
        return _METHODS

    @property
    def json_text(self) -> str:
        """What JSON holds of a time."""
        return format_time("2006-01-02T15:04:05.999999999Z07:00", self.moment)

    def go_yaml(self) -> Timestamp:
        """Return what YAML holds of a time."""
        return Timestamp(self.json_text)

    def go_binary(self) -> bytes:
        """Return what Go's `MarshalBinary` gives: version, seconds since the year 1, nanoseconds, minutes of offset."""
        offset = int((self.moment.utcoffset() or timedelta()).total_seconds())
        minutes = int(offset / 60)
        seconds = offset - minutes * 60
        since = (self.moment - _ZERO) // timedelta(seconds=1)
        zone = -1 if self.moment.tzinfo is UTC else minutes
        head = struct.pack(">BqiH", 2 if seconds else 1, since, self.moment.microsecond * 1000, zone & 0xFFFF)
        return head + bytes([seconds & 0xFF] if seconds else [])

    def go_string(self) -> str:
        """Return the time as Go's source would have it."""
        place = self.moment.tzinfo
        name = "" if isinstance(place, timezone) else str(place)
        zone = "time.UTC" if place is UTC else "time.Local" if place is LOCAL else f"time.Location({quote(name)})"
        moment = self.moment
        parts = (moment.day, moment.hour, moment.minute, moment.second, moment.microsecond * 1000)
        return f"time.Date({moment.year}, time.{moment:%B}, {', '.join(map(str, parts))}, {zone})"

    def __str__(self) -> str:
        return format_time("2006-01-02 15:04:05.999999999 -0700 MST", self.moment)


def _moment(value: Any) -> datetime:
    if isinstance(value, Time):
        return value.moment
    if not is_integer(value):
        raise refusal("of what is no date sprig takes the time of day")
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise FunctionError(f"refused: {int(value)} seconds are outside the years 1 to 9999") from error


def _zone(name: str) -> tzinfo:
    if name in ("", "UTC", "Local"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return UTC


def _in_zone(layout: str, value: Any, zone: str) -> str:
    return format_time(layout, _moment(value).astimezone(_zone(zone)))


def _to_date(layout: str, text: str) -> Time:
    try:
        return Time(parse_time(layout, text) or _ZERO)
    except YearZero as error:
        raise FunctionError("refused: a time in the year 0, which a layout without a year means") from error


def _modify(duration: str, value: Time) -> Time:
    if duration in ("0", "+0", "-0") or not _DURATION.fullmatch(duration):
        return value
    seconds = sum(float(amount) * _UNITS[unit] for amount, unit in _PART.findall(duration))
    try:
        return Time(value.moment + timedelta(seconds=-seconds if duration[0] == "-" else seconds))
    except OverflowError as error:
        raise FunctionError(f"refused: {duration} leads outside the years 1 to 9999") from error


def _methods() -> dict[str, Function]:
    rows = (
        ("Format", "string", lambda time, layout: format_time(layout, time.moment)),
        ("String", "", str),
        ("Year", "", lambda time: time.moment.year),
        ("Day", "", lambda time: time.moment.day),
        ("Hour", "", lambda time: time.moment.hour),
        ("Minute", "", lambda time: time.moment.minute),
        ("Second", "", lambda time: time.moment.second),
        ("YearDay", "", lambda time: time.moment.timetuple().tm_yday),
        ("Unix", "", lambda time: Int64(time.moment.timestamp())),
        ("UTC", "", lambda time: Time(time.moment.astimezone(UTC))),
        ("IsZero", "", lambda time: time.moment == _ZERO),
    )
    return {name: function(name, signature, call) for name, signature, call in rows}


_METHODS = _methods()
FUNCTIONS = table(
    ("date", "string any", lambda layout, value: _in_zone(layout, value, "Local")),
    ("date_in_zone dateInZone", "string any string", _in_zone),
    ("htmlDate", "any", lambda value: _in_zone("2006-01-02", value, "Local")),
    ("htmlDateInZone", "any string", lambda value, zone: _in_zone("2006-01-02", value, zone)),
    ("date_modify dateModify", "string time", _modify),
    ("toDate", "string string", _to_date),
    ("unixEpoch", "time", lambda time: str(int(time.moment.timestamp()))),
)
