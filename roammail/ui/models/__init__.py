"""What the window knows, as plain data and functions; most of it without Qt."""
