"""The namespace lab: four hosts with real OpenSSH, rsync, cron, PostgreSQL, sqlite3 and zstd."""
