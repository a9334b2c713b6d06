"""Pages of the electronic groups, by who works on them."""
