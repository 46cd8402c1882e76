"""The feeds: one module a source format, from its words into ours."""
