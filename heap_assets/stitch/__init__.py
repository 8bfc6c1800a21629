"""Who is who: records of every domain table made available are resolved to people with stable Amperity IDs.

What a person did, and which of their values survive, is `customer360`.
"""
