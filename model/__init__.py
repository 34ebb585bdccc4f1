"""What the world is: case data, parameters, bargaining, beliefs, payoffs, one meeting, the kernel, equilibrium."""
