"""HTTP: parse, call one operation, dump. The contract of each route stands above it."""
