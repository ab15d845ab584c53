"""What a file teaches of itself: how two of its records differ if they are of one person, relatives or strangers."""
