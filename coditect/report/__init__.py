"""What a change does to every stack: infrastructure, cost and policy, against a Git revision."""
