"""What the product does a second, measured beside what the machine could do at best.

Run as ``python -m benchmarks`` (``make bench``); see ``README.md`` in this folder.
"""
