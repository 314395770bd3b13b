"""Many runs at once: sweeps over scenarios, levers and parameters."""
