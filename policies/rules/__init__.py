"""The rules, a module for each family of resources. Each rule is written once; packs select from them."""
