"""A stand-in for the message systems of House and Senate, for tests and for trying things out.

It shares no code with the product's own implementation: its checks are separate. Nothing in the
product imports it, except the command that starts it.
"""
