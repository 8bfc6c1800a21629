"""Values made comparable, as SQL over columns of text (amperity_behaviour.md 6.2).

What was delivered stays beside them.

Every stage is SQL; only what SQL cannot do goes through a Python library, once a distinct value (`leftovers`). Which
values say nothing about a person is in `bad_values`.
"""
