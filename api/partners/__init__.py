"""Organizations that embed the form on their own sites."""
