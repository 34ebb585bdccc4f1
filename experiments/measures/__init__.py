"""Numbers about a game: the catalogue, how each is found, and the report of them."""
