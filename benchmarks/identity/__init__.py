"""What the Stitch benchmarks need: customers with known truth, labelled public sets, and the systems that are compared."""
