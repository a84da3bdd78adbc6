"""Periodic and housekeeping work, run by procrastinate on the same PostgreSQL."""
