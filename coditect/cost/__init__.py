"""What a stack costs in a month: a price book, usage assumptions, and one estimator a family of resources."""
