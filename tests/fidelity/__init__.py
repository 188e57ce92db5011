"""Our engine beside the Go packages that Kalypso is built of: made-up cases, both answers, what differs."""
