"""What we ask of the model: the command line, designs, sweeps and result files.

Rooms, in the order in which the data pass them; a module imports from its own room and from those before it, never the
other way, and in no circle:

    analysis.interval, moments, regression   a number with its interval, means and slopes of many: arithmetic only
    tables      the columns of every file, the rows behind them, result folders written and read
    measures    numbers about a game: what they mean and how each is found
    sweeps      designs, and running them point by point
    analysis    what result files say: aggregates, statistics, sentences
    figures     drawing them
    reports     what the commands print
    page        the browser page
    arguments, guard, cli   what can be typed, how the program ends, the commands
"""
