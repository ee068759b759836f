"""What a unit reports of a year: files and tables of results in, and the evidence behind them."""
