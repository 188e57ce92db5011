"""The verbs' own parts, without process or socket."""
