"""The demo: synthetic feeds, a story of five cases, and a live view of what becomes of them."""
