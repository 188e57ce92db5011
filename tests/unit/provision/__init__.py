"""Pure parts, without process or socket."""
