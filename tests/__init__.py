"""The tests. Folders mirror askpro/; servers/ and fixtures/ bring real servers to them."""
