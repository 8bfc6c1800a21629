"""What the benchmarks share; no benchmark stands here."""
