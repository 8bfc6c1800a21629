"""What starts runs: one trigger a seam. Bucket to feeds, feeds to domain tables, domain tables to the release."""
