"""The data, by noun: tables and the statements on them. No transaction begins here: operations own those."""
