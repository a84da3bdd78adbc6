"""Who a letter can go to: ZIP codes, districts, and the members of Congress who hold the seats."""
