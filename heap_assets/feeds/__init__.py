"""Feeds: what arrives is decoded, typed, checked for drift and landed, one Delta table a feed.

Nothing is wired here.
"""
