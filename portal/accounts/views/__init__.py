"""Pages of the ground, by what people come for."""
