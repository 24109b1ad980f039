"""One module an area; `backend.database.schema` has them all."""
