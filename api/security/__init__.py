"""Keys, seals, hashes and checks of typed text: pure functions and small classes, no database."""
