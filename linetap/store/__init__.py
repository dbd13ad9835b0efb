"""Files on disk: one SQLite file under the ledger, the push journal, plans and the outbox.

``sqlite_file.Store`` opens a file (exclusive or shared), ``rows.Rows`` reads and writes its checked tables.
"""
