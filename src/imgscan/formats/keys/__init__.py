"""Private keys and stores of them."""
