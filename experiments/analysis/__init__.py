"""What result files say: moments, intervals, statistics, sentences. Nothing here runs the model or draws."""
