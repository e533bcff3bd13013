"""One page of the window a file: takes a Context, connects intentions to the bridge."""
