"""Excel in: a ledger is read, shown, corrected, accepted, and written by a job that goes on until it is whole.

`reading` understands a file without writing; `wizard` keeps what the importer has decided; `applying` writes the rows.
"""
