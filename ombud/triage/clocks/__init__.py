"""Who hears of what runs late, and of danger at night: until somebody has said that they know."""
