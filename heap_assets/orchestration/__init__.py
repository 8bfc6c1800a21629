"""What assets are made with: resources, partitions, automation conditions, and tables as the UI shows them.

No stage is known here.
"""
