"""``python -m agents.cli``: the same as ``raised-risk``, for those who start it by interpreter."""

from agents.cli import main

main()
