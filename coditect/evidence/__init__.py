"""Evidence for auditors: controls, the rules behind them, what was looked at, and what is not covered."""
