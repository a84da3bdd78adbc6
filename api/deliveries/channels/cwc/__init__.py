"""The message systems of the House and the Senate (CWC 2.0): one channel for each chamber."""
