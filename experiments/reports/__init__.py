"""What the commands print: one negotiation, a solution, known results, tables on a terminal."""
