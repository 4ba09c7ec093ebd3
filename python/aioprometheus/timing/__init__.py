"""What measures a call from its beginning to its end."""
