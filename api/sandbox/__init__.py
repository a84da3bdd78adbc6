"""A stand-in for the message systems of House and Senate, for tests and for trying things out.

It shares no code with what it stands in for: its checks are its own. Nothing of the product
imports it, save the command that starts it.
"""
