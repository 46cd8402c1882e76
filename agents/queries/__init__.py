"""What people ask and send at the command line: read models over committed records, and what is sent for them.

None of it is in the worker's way. ``readers`` and ``writers`` are the Kafka clients; each other module is one query.
"""
