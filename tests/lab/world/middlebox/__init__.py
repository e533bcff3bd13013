"""What stands in the way: programs that a place's gateway leads connections to."""
