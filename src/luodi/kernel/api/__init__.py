"""What every router of the API shares: problems, paging, bodies made from forms, reads and writes. Why: docs/adr/0010-api.md."""
