"""Speed of the license service beside two baselines of the same run: `python -m bench.license`."""
