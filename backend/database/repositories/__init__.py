"""What is asked of the tables, one module an area. Each function works within the session that it is given."""
