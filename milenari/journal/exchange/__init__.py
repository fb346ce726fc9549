"""Exchange: parcels of signed entries between the nodes of a network, and who holds what of whom."""
