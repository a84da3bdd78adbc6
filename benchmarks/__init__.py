"""What the product handles per second, measured against the best the machine could do.

Run as ``python -m benchmarks`` (``make bench``); see ``README.md`` in this folder.
"""
