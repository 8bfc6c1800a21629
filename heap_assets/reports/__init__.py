"""Charts and pages from counts and tables, self-contained. No stage is known here."""
