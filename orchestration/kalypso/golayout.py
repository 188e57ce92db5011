"""Go's time layouts: the reference time Mon Jan 2 15:04:05 MST 2006, written as the text shall be
(https://pkg.go.dev/time#pkg-constants)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LOCAL = timezone(timedelta(0), "UTC")
"""The zone of the scheduler's container, which is not the same to Go as UTC."""
_TOKEN = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|Z07:00:00|Z07:00|Z070000|Z0700|Z07|-07:00:00|-07:00|-070000"
    r"|-0700|-07|[.,]0+(?![0-9])|[.,]9+(?![0-9])|002|__2|01|02|03|04|05|06|15|_2(?!006)|PM|pm|1|2|3|4|5"
)


def format_time(layout: str, moment: datetime) -> str:
    """Return *moment* in the form of *layout*."""
    return _TOKEN.sub(lambda match: _format(match[0], moment), layout)


def _format(token: str, moment: datetime) -> str:
    simple = _FORMATS.get(token)
    if simple:
        return simple(moment)
    if token[0] in "Z-":
        return _offset(token, moment)
    digits = f"{moment.microsecond:06d}000"[: len(token) - 1].ljust(len(token) - 1, "0")
    if token[1] == "9":
        digits = digits.rstrip("0")
    return token[0] + digits if digits else ""


def _offset(token: str, moment: datetime) -> str:
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    if token[0] == "Z" and seconds == 0:
        return "Z"
    hours, rest = divmod(abs(seconds), 3600)
    colon = ":" if ":" in token else ""
    parts = [f"{hours:02d}", f"{rest // 60:02d}", f"{rest % 60:02d}"]
    shown = 1 if token in ("Z07", "-07") else 3 if token.replace(":", "").endswith("0000") else 2
    return ("-" if seconds < 0 else "+") + colon.join(parts[:shown])


def _zone_name(moment: datetime) -> str:
    name = moment.tzname() or "UTC"
    return name if name == "UTC" or name.isalpha() else _offset("-0700", moment)


_FORMATS: dict[str, Callable[[datetime], str]] = {
    "January": lambda t: _MONTHS[t.month - 1],
    "Jan": lambda t: _MONTHS[t.month - 1][:3],
    "Monday": lambda t: _DAYS[t.weekday()],
    "Mon": lambda t: _DAYS[t.weekday()][:3],
    "MST": lambda t: _zone_name(t),
    "2006": lambda t: f"{t.year:04d}",
    "06": lambda t: f"{t.year % 100:02d}",
    "002": lambda t: f"{t.timetuple().tm_yday:03d}",
    "__2": lambda t: f"{t.timetuple().tm_yday:3d}",
    "01": lambda t: f"{t.month:02d}",
    "1": lambda t: f"{t.month}",
    "02": lambda t: f"{t.day:02d}",
    "_2": lambda t: f"{t.day:2d}",
    "2": lambda t: f"{t.day}",
    "15": lambda t: f"{t.hour:02d}",
    "03": lambda t: f"{t.hour % 12 or 12:02d}",
    "3": lambda t: f"{t.hour % 12 or 12}",
    "04": lambda t: f"{t.minute:02d}",
    "4": lambda t: f"{t.minute}",
    "05": lambda t: f"{t.second:02d}",
    "5": lambda t: f"{t.second}",
    "PM": lambda t: "PM" if t.hour >= 12 else "AM",
    "pm": lambda t: "pm" if t.hour >= 12 else "am",
}
_PATTERNS = {
    "2006": r"(?P<year>\d{4})", "06": r"(?P<short>\d\d)",
    "002": r"(?P<yearday>\d{3})", "__2": r" *(?P<yearday>\d{1,3})",
    "01": r"(?P<month>\d\d)", "1": r"(?P<month>\d\d?)", "02": r"(?P<day>\d\d)", "_2": r" ?(?P<day>\d\d?)",
    "2": r"(?P<day>\d\d?)", "15": r"(?P<hour>\d\d?)", "03": r"(?P<half>\d\d)", "3": r"(?P<half>\d\d?)",
    "04": r"(?P<minute>\d\d)", "4": r"(?P<minute>\d\d?)", "05": r"(?P<second>\d\d)", "5": r"(?P<second>\d\d?)",
    "PM": r"(?P<noon>AM|PM)", "pm": r"(?P<noon>am|pm)", "MST": r"(?P<zone>[A-Z]{3,4})",
    "January": rf"(?i:(?P<name>{'|'.join(_MONTHS)}))", "Jan": rf"(?i:(?P<name>{'|'.join(m[:3] for m in _MONTHS)}))",
    "Monday": rf"(?i:{'|'.join(_DAYS)})", "Mon": rf"(?i:{'|'.join(day[:3] for day in _DAYS)})",
}  # fmt: skip


class YearZero(Exception):
    """A text spells a time in Go's year 0, which Python has not."""


def parse_time(layout: str, text: str) -> datetime | None:
    """Return the time that *text* spells in the form of *layout*, in the local zone unless it says otherwise;
    None if none; raises YearZero."""
    parts: list[str] = []
    end = 0
    for match in _TOKEN.finditer(layout):
        parts.append(re.escape(layout[end : match.start()]))
        parts.append(_pattern(match[0], layout[match.end() :]))
        end = match.end()
    parts.append(re.escape(layout[end:]))
    try:
        found = re.fullmatch("".join(parts), text, re.ASCII)
        return _assembled({k: v for k, v in found.groupdict().items() if v is not None}) if found else None
    except (re.error, ValueError, OverflowError):
        return None


def _pattern(token: str, rest: str) -> str:
    if token in ("05", "5") and not re.match(r"[.,][09]", rest):
        return _PATTERNS[token] + r"(?:[.,](?P<fraction>\d+))?"
    if token in _PATTERNS:
        return _PATTERNS[token]
    if token[0] in ".,":
        exact = f"{{{len(token) - 1}}}"
        return rf"[.,](?P<fraction>\d{exact})" if token[1] == "0" else r"(?:[.,](?P<fraction>\d+))?"
    colon = ":" if ":" in token else ""
    short = token in ("Z07", "-07")
    seconds = rf"{colon}\d\d" if token.replace(":", "").endswith("0000") else ""
    offset = r"[+-]\d\d" + ("" if short else rf"{colon}\d\d{seconds}")
    return rf"(?P<offset>Z|{offset})" if token[0] == "Z" else rf"(?P<offset>{offset})"


def _assembled(found: dict[str, str]) -> datetime:
    year = int(found.get("year", 0))
    if "short" in found:
        year = int(found["short"]) + (1900 if int(found["short"]) >= 69 else 2000)
    month = int(found.get("month", 1))
    if "name" in found:
        month = [name[:3].lower() for name in _MONTHS].index(found["name"][:3].lower()) + 1
    hour = int(found.get("hour", 0))
    if "half" in found:
        hour = int(found["half"]) % 12 if "noon" in found else int(found["half"])
    hour += 12 if found.get("noon", "").lower() == "pm" and hour < 12 else 0
    microseconds = int(found.get("fraction", "0")[:6].ljust(6, "0"))
    leap_year = 2000
    moment = datetime(year or leap_year, month, int(found.get("day", 1)), hour, int(found.get("minute", 0)))
    moment = moment.replace(second=int(found.get("second", 0)), microsecond=microseconds)
    if "yearday" in found:
        moment = moment.replace(month=1, day=1) + timedelta(days=int(found["yearday"]) - 1)
    if year == 0:
        raise YearZero
    return moment.replace(tzinfo=_zone_of(found["offset"]) if "offset" in found else LOCAL)


def _zone_of(offset: str) -> timezone:
    if offset == "Z":
        return UTC
    digits = offset[1:].replace(":", "").ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    delta = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return timezone(-delta if offset[0] == "-" else delta) if delta else LOCAL
