"""Who decides: the country and hegemon agents, the catalogue of strategies, the Mesa model."""
