"""Pages of the heritage room, by who opens them."""
