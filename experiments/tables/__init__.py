"""Result folders: every column of every file, the rows behind them, writing and reading."""
