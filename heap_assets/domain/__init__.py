"""Domain tables: what holds now, one row a key.

Each is a fold of its feed; how rows arrive is known to `feeds`, who is who to `stitch`.
"""
