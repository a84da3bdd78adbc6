"""ZIP code to congressional district, built from the official files of blocks.

``build`` reads a plan (which block lies in which district), the Census Bureau's file of blocks and
ZIP code tabulation areas, and the blocks' population; ``table`` writes what comes out.
"""
