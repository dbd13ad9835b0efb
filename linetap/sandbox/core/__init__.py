"""What both services of the sandbox share: clock, faults, routes, the request log."""
