"""Stand-ins for signing in: Google's Identity Toolkit, and the consent pages of Google and GitHub.

Their hosts are one server here; paths, parameters, answers and errors are theirs. Nobody's password is asked for: a
consent page offers the people of the demonstration, and whoever an address is written for.
"""
