"""milenari: the operating platform of a decentralised CAR-T network."""
