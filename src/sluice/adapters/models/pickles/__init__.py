"""Pickles, read opcode by opcode and never loaded: which globals they name, and what they would do with them."""
