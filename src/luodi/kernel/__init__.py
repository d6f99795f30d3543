"""The spine: one path for writes, audit, guards, calendar, personal data. Imports no app."""
