"""The tour: a house full of tools, made up, on which the pictures of the guide are taken."""
