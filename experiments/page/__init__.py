"""The browser page: one negotiation day by day, why each country moved or waited, and every parameter to set."""
