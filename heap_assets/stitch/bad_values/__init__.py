"""Values that say nothing about a person: listed, shared by too many, typed in the settings, or on a blocklist.

They are ignored in matching, never removed (amperity_behaviour.md 6.3).
"""
