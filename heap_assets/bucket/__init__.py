"""What has arrived: listing and reading the bucket, manifests and dated names, and the record of every delivery seen.

What is in an object, and whether it is landed, is decided by `feeds`.
"""
