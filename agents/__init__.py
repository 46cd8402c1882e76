"""The shells: read, decode, call the domain, write. What a risk is, is decided in streams."""
