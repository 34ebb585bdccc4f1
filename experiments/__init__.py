"""What we ask of the model: the command line, designs, sweeps and result files."""
