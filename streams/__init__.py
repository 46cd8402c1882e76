"""The domain: what can happen to a case, what we then know, and whether anybody must be told. No I/O, no clock."""
