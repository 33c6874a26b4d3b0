"""The store: cc and its history in SQLite. SQLAlchemy stays inside."""
