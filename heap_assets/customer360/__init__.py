"""One row a person and what that person did, published as a release. Who is who was decided in `stitch`."""
