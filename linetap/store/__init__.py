"""What is kept on disk: one SQLite file under the ledger and the push journal."""
